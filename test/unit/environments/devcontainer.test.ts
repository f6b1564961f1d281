import { expect, test } from 'vitest';
import { readDevcontainer } from '../../../src/environments/devcontainer/devcontainer.ts';

const PLACES = { project: '/home/me/p', workdir: '/work/p', localEnv: { TOKEN: 'secret', HOME: '/home/me' } };

const read = (content: object | string, name = '.devcontainer/devcontainer.json') =>
  readDevcontainer(
    { path: name, content: Buffer.from(typeof content === 'string' ? content : JSON.stringify(content)) },
    PLACES,
  );

test('comments and trailing commas are no error', async () => {
  const text = '// one\n{\n  /* two */ "image": "a/b:1", // three\n  "forwardPorts": [8000, "9000",],\n}\n';
  expect(await read(text)).toMatchObject({ image: 'a/b:1', forwardPorts: [8000, 9000], notes: [] });
});

test.each([
  ['{\n  "image": "a/b"\n  "name": 1\n}', '.devcontainer/devcontainer.json, line 3: column 3: Comma expected'],
  ['{"image": }', '.devcontainer/devcontainer.json, line 1: column 11: Value expected'],
  ['', 'Value expected'],
])('what is no JSON is an error with line and column: %j', async (text, message) => {
  await expect(read(text)).rejects.toThrow(message);
});

test.each([
  [{ image: 3 }, 'image: expected text'],
  [{ image: '${localEnv:IMAGE}' }, 'image: expected an image reference'],
  [{ containerEnv: { 'A B': '1' } }, 'containerEnv.A B: expected the name of an environment variable'],
  [{ forwardPorts: [true] }, 'forwardPorts.0: expected ports from 1 to 65535'],
  [{ hostRequirements: { memory: 'much' } }, 'hostRequirements.memory: expected a size such as 8gb'],
  [{ postCreateCommand: 3 }, 'postCreateCommand: expected text, a list of words, or an object of these'],
  [{ mounts: ['type=bind,source=/x'] }, 'expected a source and an absolute target'],
  [{ image: 'a', build: { dockerfile: 'Dockerfile' } }, 'expected image or build, not both'],
  [{ build: { dockerfile: '../../Dockerfile' } }, 'build.dockerfile: ../../Dockerfile lies outside the project'],
  [{ build: { dockerfile: 'Dockerfile', context: '/' } }, 'build.context: / lies outside the project'],
])('what does not fit is named: %j', async (content, message) => {
  await expect(read(content)).rejects.toThrow(message);
});

test('build is relative to the file, also in its old form', async () => {
  const build = { dockerfile: 'Dockerfile', context: '..', args: { A: '1' }, target: 'dev' };
  expect((await read({ build })).build).toEqual({ ...build, dockerfile: '.devcontainer/Dockerfile', context: '' });
  const old = { dockerFile: 'docker/Dockerfile', context: 'docker' };
  expect((await read(old, '.devcontainer.json')).build).toMatchObject({
    dockerfile: 'docker/Dockerfile',
    context: 'docker',
  });
});

test('variables are filled in, and those of the user that get into the session are told', async () => {
  const { env, passed, mounts, notes } = await read({
    containerEnv: { A: '${containerWorkspaceFolder}/x', B: 'token ${localEnv:TOKEN}', C: '${localEnv:NONE:other}' },
    remoteEnv: { D: '${localWorkspaceFolderBasename}', E: null, PATH: '${containerEnv:PATH}:/x' },
    mounts: [
      'source=${localEnv:HOME}/.cache,target=/cache,type=bind,readonly',
      { type: 'bind', source: '${localWorkspaceFolder}/data', target: '/data' },
    ],
  });
  expect(env).toEqual({ A: '/work/p/x', B: 'token secret', C: 'other', D: 'p' });
  expect(passed).toEqual([
    { name: 'TOKEN', as: 'B' },
    { name: 'NONE', as: 'C' },
  ]);
  expect(mounts).toEqual([
    { source: '/home/me/.cache', target: '/cache', readOnly: true },
    { source: '/home/me/p/data', target: '/data', readOnly: false },
  ]);
  expect(notes).toEqual([
    '.devcontainer/devcontainer.json: remoteEnv.PATH: ${containerEnv:PATH} is not replaced: ezj does not know it',
  ]);
});

test('text that begins variables and ends none takes no time', async () => {
  const value = '${a:'.repeat(100_000);
  expect((await read({ containerEnv: { A: value } })).env.A).toBe(value);
}, 2000);

test('a variable of the user stays out of build arguments and commands, where others could read it', async () => {
  const { build, commands, notes } = await read({
    build: { dockerfile: 'Dockerfile', args: { T: '${localEnv:TOKEN}', V: '${localEnv:VARIANT:3.11}' } },
    postCreateCommand: 'login ${localEnv:TOKEN}; echo ${HOME}',
  });
  expect(JSON.stringify([build, commands])).not.toContain('secret');
  expect(build?.args).toEqual({ V: '3.11' });
  expect(commands[0]?.commands[0]?.argv).toEqual(['sh', '-c', 'login ; echo ${HOME}']);
  expect(notes.map((note) => note.split(': ')[1])).toEqual(['build.args.T', 'build.args.V', 'postCreateCommand']);
});

test('commands have three forms, and run in their order', async () => {
  const { commands } = await read({
    postCreateCommand: { server: 'npm ci', db: ['./db', 'init'] },
    onCreateCommand: ['pip', 'install', '-r', '${containerWorkspaceFolder}/r.txt'],
    updateContentCommand: 'make',
  });
  expect(commands).toEqual([
    {
      key: 'onCreateCommand',
      commands: [{ name: 'onCreateCommand', argv: ['pip', 'install', '-r', '/work/p/r.txt'] }],
    },
    { key: 'updateContentCommand', commands: [{ name: 'updateContentCommand', argv: ['sh', '-c', 'make'] }] },
    {
      key: 'postCreateCommand',
      commands: [
        { name: 'postCreateCommand server', argv: ['sh', '-c', 'npm ci'] },
        { name: 'postCreateCommand db', argv: ['./db', 'init'] },
      ],
    },
  ]);
});

test('what is not supported is named; initializeCommand is refused', async () => {
  const { notes, commands } = await read({
    name: 'x',
    $schema: 'y',
    initializeCommand: 'touch /tmp/pwned',
    features: {},
    runArgs: ['--privileged'],
    build: { cacheFrom: 'x' },
    hostRequirements: { storage: '1tb', gpu: 'optional' },
    mounts: ['source=cache,target=/cache,type=volume'],
    forwardPorts: ['db:5432'],
  });
  expect(commands).toEqual([]);
  expect(notes.map((note) => note.replace('.devcontainer/devcontainer.json: ', ''))).toEqual([
    'initializeCommand is refused: it would run on your machine itself',
    'left out because ezj does not support it: features, runArgs, build.cacheFrom, hostRequirements.storage',
    'the GPU is optional: to use it, add --gpus all',
    'mounts: left out because it is not a bind mount: /cache',
    'forwardPorts: left out because it is not a port of this container: db:5432',
  ]);
});

test.each([
  [true, 'all'],
  [{ cores: 1000 }, 'all'],
  [false, undefined],
  ['optional', undefined],
])('a GPU that is %j', async (gpu, gpus) => {
  const { gpus: wanted, needs } = await read({ hostRequirements: { cpus: 4, memory: '8gb', gpu } });
  expect(wanted).toBe(gpus);
  expect(needs).toEqual({ cpus: 4, memoryBytes: 8 * 2 ** 30 });
});
