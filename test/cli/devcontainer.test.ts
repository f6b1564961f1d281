import { access, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import getPort from 'get-port';
import { expect, onTestFinished, test } from 'vitest';
import type { EnvironmentReport } from '../../src/protocol/environment.ts';
import type { SessionAccess } from '../../src/protocol/session.ts';
import { createSandbox, type Sandbox } from '../environment/sandbox.ts';
import { NOTEBOOK_IMAGE } from '../environment/stand-in-notebook.ts';
import { askServer, inSession, inspect, leftovers, NOTHING, runFailing, runJson } from './notebooks.ts';

async function open(uid?: number): Promise<{ sandbox: Sandbox; base: string }> {
  const sandbox = await createSandbox({ uid });
  onTestFinished(sandbox.cleanup);
  return { sandbox, base: NOTEBOOK_IMAGE };
}

async function write({ project }: Sandbox, content: string | object, name = '.devcontainer/devcontainer.json') {
  await mkdir(path.dirname(path.join(project, name)), { recursive: true });
  await writeFile(path.join(project, name), typeof content === 'string' ? content : JSON.stringify(content));
}

const start = ['-d', '--yes'];

test('a devcontainer.json gives image, variables, mounts, ports and a first command, after agreement to all of it', async () => {
  const { sandbox, base } = await open(1000);
  const data = path.join(sandbox.home, 'data');
  await mkdir(data);
  await writeFile(path.join(data, 'table'), 'rows');
  const port = await getPort();
  await write(
    sandbox,
    `// a comment, and trailing commas
    {
      "image": "${base}",
      "initializeCommand": "touch ${sandbox.project}/on-the-host",
      "features": {},
      "containerEnv": { "GREETING": "hello \${localEnv:WHO}", "SECOND": "\${localEnv:UNSET:else}", },
      "mounts": ["type=bind,source=\${localEnv:HOME}/data,target=/data,readonly"],
      "forwardPorts": [${port}],
      "postCreateCommand": "echo $GREETING in $PWD > made; echo again >> count",
    }`,
  );
  const env = { WHO: 'a secret', HOME: sandbox.home };
  const refused = await runFailing(sandbox, ['-d'], { env });
  expect(refused).toMatchObject({ code: 'project-untrusted' });
  expect(refused.details).toEqual([
    `runs ${base}, with the network and your proxy settings`,
    `mounts ${data} at /data, read-only`,
    'runs its postCreateCommand in each new container, as you: echo $GREETING in $PWD > made; echo again >> count',
    'passes your variable WHO to the session, in GREETING',
    'passes your variable UNSET to the session, in SECOND',
    `opens its port ${port} on this machine (127.0.0.1)`,
  ]);
  expect((await sandbox.run(['trust'], { env })).exitCode).toBe(0);
  const { stderr, stdout } = await sandbox.run(['-d', '--json'], { env });
  expect(stderr).toContain('initializeCommand is refused: it would run on your machine itself');
  expect(stderr).toContain('left out because ezj does not support it: features');
  const { url, session } = JSON.parse(stdout) as SessionAccess;
  expect(await askServer(url)).toBe(200);
  expect(session.image).toBe(base);
  expect(await inSession(sandbox, ['sh', '-c', 'echo $GREETING $SECOND; cat /data/table made'])).toBe(
    'hello a secret else\nrowshello a secret in /work/project',
  );
  expect((await stat(path.join(sandbox.project, 'made'))).uid).toBe(1000);
  await expect(access(path.join(sandbox.project, 'on-the-host'))).rejects.toThrow();
  const { HostConfig, Config } = await inspect(session.container);
  expect(HostConfig.PortBindings[`${port}/tcp`]).toEqual([{ HostIp: '127.0.0.1', HostPort: String(port) }]);
  expect(JSON.stringify(Config.Labels)).not.toContain('a secret');

  await runJson(sandbox, ['restart']);
  expect(await readFile(path.join(sandbox.project, 'count'), 'utf8')).toBe('again\n');
  await write(sandbox, { image: base, postCreateCommand: 'true' });
  await runJson(sandbox, ['stop']);
  expect(await runFailing(sandbox, ['-d'], { env })).toMatchObject({ code: 'project-untrusted' });
  await runJson(sandbox, ['-d', '--no-env', '--image', base]);
});

test('a first command that fails is told with its last lines, and the session goes on without those after it', async () => {
  const { sandbox, base } = await open();
  await write(sandbox, {
    image: base,
    onCreateCommand: { good: 'true', bad: 'echo one; echo no luck >&2; exit 7' },
    postCreateCommand: 'touch not-made',
    hostRequirements: { cpus: 1000, memory: '100tb' },
  });
  const { exitCode, stderr } = await sandbox.run(start);
  expect(exitCode).toBe(0);
  expect(stderr).toMatch(/onCreateCommand bad failed with exit code 7\n {2}one\n {2}no luck/);
  expect(stderr).toMatch(/asks for 1000 CPUs, but the engine has \d+\n/);
  expect(stderr).toMatch(/asks for 102400 GiB of memory, but the engine has [\d.]+ GiB\n/);
  expect(await inSession(sandbox, ['ls'])).toBe('');
});

test('a start that is cancelled while the first command runs leaves nothing', async () => {
  const { sandbox, base } = await open();
  await write(sandbox, { image: base, postCreateCommand: 'touch /work/project/begun; sleep 1000' });
  const run = sandbox.start([...start, '--json']);
  await run.waitFor(/Running postCreateCommand/);
  run.child.kill('SIGINT');
  expect((await run.ended).stderr).toContain('"code":"cancelled"');
  await expect.poll(() => leftovers(sandbox), { timeout: 30_000 }).toEqual(NOTHING);
});

test('a devcontainer.json builds its Dockerfile with context, arguments and stage', async () => {
  const { sandbox, base } = await open();
  const lines = [
    'ARG BASE',
    'FROM $BASE AS dev',
    `ENV MARKER=${sandbox.owner}`,
    'ARG WORD=none',
    'ARG TOKEN=none',
    'COPY tools/* /opt/',
    'RUN echo $WORD $TOKEN > /opt/word',
    'FROM none/such AS later',
  ];
  await write(sandbox, lines.join('\n'), '.devcontainer/Dockerfile');
  await write(sandbox, 'tool', 'tools/a');
  const args = { BASE: base, WORD: 'given', TOKEN: '${localEnv:TOKEN}' };
  await write(sandbox, { build: { dockerfile: 'Dockerfile', context: '..', args, target: 'dev' } });
  const env = { TOKEN: 'PASSWORD' };
  const { stderr } = await sandbox.run([...start, '--json'], { env });
  expect(stderr).toContain('build.args.TOKEN: your TOKEN is left out');
  expect(await inSession(sandbox, ['cat', '/opt/a', '/opt/word'])).toBe('toolgiven none');
  const { files, image, built } = await runJson<EnvironmentReport>(sandbox, ['env']);
  expect({ built, files }).toMatchObject({
    built: true,
    files: [
      { file: '.devcontainer/Dockerfile', used: true, why: 'makes the image, to its stage dev' },
      { file: '.devcontainer/devcontainer.json', used: true },
    ],
  });
  expect(image).toMatch(/^ezj\/env-project:/);
});

test('packages are installed on the image that a devcontainer.json names, and broken JSON has line and column', async () => {
  const { sandbox, base } = await open();
  await write(sandbox, { image: base }, '.devcontainer.json');
  await write(sandbox, '# none\n', 'requirements.txt');
  await write(sandbox, '#!/bin/sh\necho post > /opt/post\n', 'postBuild');
  await runJson(sandbox, start);
  expect(await inSession(sandbox, ['cat', '/opt/post'])).toBe('post');
  await write(sandbox, '{\n  "image": "x"\n  "name": "y"\n}', '.devcontainer.json');
  expect(await runFailing(sandbox, ['env'])).toMatchObject({
    code: 'environment-invalid',
    message: '.devcontainer.json, line 3: column 3: Comma expected',
  });
});
