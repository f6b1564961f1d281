import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Config } from '../../../src/config/keys.ts';
import { userKinds } from '../../../src/config/user-kinds.ts';
import { completeRequest, type ProjectRequest } from '../../../src/projects/project-request.ts';
import { grantPermissions, permissionsOf, reportPermissions, requireTrust } from '../../../src/projects/trust.ts';
import type { TrustStore } from '../../../src/projects/trust-store.ts';
import { isPlain } from '../../../src/protocol/plain-text.ts';
import type { StartRequest } from '../../../src/protocol/session.ts';

let root: string;
let request: StartRequest;

beforeEach(async () => {
  root = await realpath(await mkdtemp(path.join(tmpdir(), 'ezj-')));
  for (const name of ['p/inside', 'data', 'other']) await mkdir(path.join(root, name), { recursive: true });
  request = {
    project: path.join(root, 'p'),
    refresh: 'auto',
    readOnly: false,
    mounts: [],
    env: {},
    host: { proxy: {} },
  };
});

afterEach(() => rm(root, { recursive: true }));

const K = { image: 'my/k', port: 1, url: '/{token}', ready: { path: '/{token}' } };
/** Kinds of the user's own configuration. */
const OWN = userKinds.parse({
  files: { image: 'my/files', port: 8000, signIn: 'none' },
  studio: { image: 'my/studio', port: 8787, signIn: 'rstudio', ownership: 'rocker' },
});

async function complete(asked: Partial<StartRequest>, settings: object): Promise<ProjectRequest> {
  // YAML holds JSON.
  await writeFile(path.join(request.project, 'ezj.yaml'), JSON.stringify(settings));
  return completeRequest({ ...request, ...asked }, OWN);
}

const permissions = async (settings: object, asked: Partial<StartRequest> = {}) =>
  permissionsOf(await complete(asked, settings));

const PROXIES = { HTTPS_PROXY: 'http://ann:s3/cr@t@proxy.example:3128/', http_proxy: 'ann:secret@proxy.example:3128' };

test('the password of a proxy needs permission, in a folder without files too, and the password is not shown', async () => {
  const withProxies = (proxy: Record<string, string>) => completeRequest({ ...request, host: { proxy } }, {});
  const asking = await withProxies(PROXIES);
  expect(permissionsOf(asking)).toEqual(['gets the user and password of your proxy proxy.example:3128']);
  const plain = await withProxies({ HTTPS_PROXY: 'http://proxy.example:3128', NO_PROXY: 'a@b' });
  expect(permissionsOf(plain)).toEqual([]);
  expect(plain.fingerprint).toBe((await completeRequest(request, {})).fingerprint);
  const other = await withProxies({ ALL_PROXY: 'socks5://ann:secret@other.example' });
  expect(new Set([asking, plain, other].map(({ fingerprint }) => fingerprint)).size).toBe(3);
  const changed = await withProxies({ HTTPS_PROXY: 'http://ann:new@proxy.example:3128' });
  expect(changed.fingerprint).toBe(asking.fingerprint);
});

test('who agrees to a proxy agrees to a start without it', async () => {
  const granted = new Map<string, string[]>();
  const trust: TrustStore = {
    isTrusted: (project, fingerprint) => granted.get(project)?.includes(fingerprint) ?? false,
    trust: (project, fingerprint) => void granted.set(project, [...(granted.get(project) ?? []), fingerprint]),
    revoke: () => false,
    list: () => [],
  };
  const context = { config: { kinds: {} } as Config, trust };
  await writeFile(path.join(request.project, 'ezj.yaml'), 'port: 9000\n');
  const asked = { ...request, host: { proxy: PROXIES } };
  await expect(requireTrust(asked, context)).rejects.toThrow(/permissions that you have not granted/);
  const shown = await reportPermissions(asked, context);
  expect(shown).toMatchObject({ file: request.project, trusted: false });
  await grantPermissions({ request: asked, fingerprint: shown?.fingerprint ?? '' }, context);
  for (const each of [asked, request, { ...request, noEnv: true }, { ...asked, noEnv: true }])
    expect(await reportPermissions(each, context)).toMatchObject({ trusted: true });
  await expect(
    requireTrust({ ...request, host: { proxy: { ALL_PROXY: 'x:y@other.example' } } }, context),
  ).rejects.toMatchObject({ details: expect.arrayContaining([expect.stringContaining('other.example')]) });
});

test('without a file a session is Python, and reaches nowhere', async () => {
  const project = await completeRequest(request, {});
  expect(project.request).toEqual({ ...request, kind: 'python' });
  expect(permissionsOf(project)).toEqual([]);
});

test('the file says what the command line does not', async () => {
  const settings = {
    kind: 'r',
    image: 'my/r',
    name: 'genome',
    port: 9000,
    memory: '4g',
    cpus: 2,
    readOnly: true,
    env: { A: 'file', B: 'file' },
  };
  expect((await complete({ env: { B: 'line' }, cpus: 1 }, settings)).request).toMatchObject({
    kind: 'r',
    image: 'my/r',
    name: 'genome',
    port: 9000,
    memoryBytes: 4 * 2 ** 30,
    cpus: 1,
    readOnly: true,
    env: { A: 'file', B: 'line' },
  });
});

test('image, name and port go with the kind that they were written for', async () => {
  const settings = { kind: 'rstudio', image: 'my/rstudio', name: 'genome', port: 9000, memory: '4g' };
  const { request: other } = await complete({ kind: 'python' }, settings);
  expect(other).toMatchObject({ kind: 'python', memoryBytes: 4 * 2 ** 30 });
  expect([other.image, other.name, other.port]).toEqual([undefined, undefined, undefined]);
  expect((await complete({ kind: 'rstudio' }, settings)).request).toMatchObject({ image: 'my/rstudio', port: 9000 });
});

test('mounts are relative to the project, and the command line’s take the place of those at the same target', async () => {
  const settings = { mounts: [{ source: '../data' }, { source: 'inside', target: '/x/', readOnly: true }] };
  const line = { source: '/elsewhere', target: '/x', readOnly: false };
  expect((await complete({ mounts: [line] }, settings)).request.mounts).toEqual([
    { source: path.join(root, 'data'), target: '/mnt/data', readOnly: false },
    line,
  ]);
});

test('a mount whose source is not there is named, with the file', async () => {
  await expect(complete({}, { mounts: [{ source: '../nowhere' }] })).rejects.toMatchObject({
    code: 'mount-missing',
    message: `${path.join(root, 'p/ezj.yaml')}: mounts: there is no ${path.join(root, 'nowhere')}`,
  });
});

test('what is agreed to is the file with what its mounts lead to', async () => {
  const link = path.join(root, 'p', 'link');
  await symlink(path.join(root, 'data'), link);
  const settings = { mounts: [{ source: 'link' }] };
  const first = (await complete({}, settings)).fingerprint;
  expect((await complete({}, settings)).fingerprint).toBe(first);
  expect((await complete({}, { ...settings, cpus: 1 })).fingerprint).not.toBe(first);
  await rm(link);
  await symlink(path.join(root, 'other'), link);
  expect((await complete({}, settings)).fingerprint).not.toBe(first);
});

test('what stays within the folder reaches nowhere', async () => {
  const settings = {
    kind: 'rstudio',
    memory: '4g',
    bind: '127.0.0.1',
    readOnly: true,
    kinds: { k: K },
  };
  expect(await permissions(settings)).toEqual([]);
  expect(await permissions({ kind: 'r', env: { A: 'b' } })).toEqual([]);
});

test.each<[object, RegExp[], Partial<StartRequest>?]>([
  [{ image: 'evil/lab' }, [/^runs evil\/lab, with the network and your proxy settings$/]],
  [{ image: 'evil/lab' }, [], { image: 'my/own' }],
  [{ kind: 'k', kinds: { k: K } }, [/^runs my\/k, /]],
  [{ kinds: { k: K } }, [/^runs my\/k, /], { kind: 'k' }],
  [{ kind: 'rstudio', image: 'evil/rstudio' }, [/^runs evil\/rstudio, starting as root, /]],
  [{ kind: 'k', image: 'evil/k', kinds: { k: { ...K, ownership: 'rocker' } } }, [/^runs evil\/k, starting as root, /]],
  [{ kind: 'studio', image: 'evil/studio' }, [/^runs evil\/studio, starting as root, /]],
  [{ kind: 'files', image: 'evil/files' }, [/^runs evil\/files, /, /without a sign-in/]],
  [{ kind: 'files' }, []],
  [{ mounts: [{ source: '../data' }] }, [/^mounts \/.*\/data at \/mnt\/data, writable$/]],
  [{ mounts: [{ source: '/etc', readOnly: true }] }, [/^mounts \/etc at \/mnt\/etc, read-only$/]],
  [{ mounts: [{ source: 'inside' }] }, [/^mounts \/.*\/p\/inside at \/mnt\/inside, writable$/]],
  [{ kind: 'rstudio', env: { BASH_ENV: '/work/p/x' } }, [/^sets BASH_ENV in a container that starts as root$/]],
  [{ env: { BASH_ENV: '/work/p/x' } }, [/^sets BASH_ENV in a container that starts as root$/], { kind: 'rstudio' }],
  [{ bind: '0.0.0.0' }, [/^listens on 0\.0\.0\.0/]],
  [{ port: 80 }, [/^takes port 80$/]],
  [{ port: 9000 }, [/^takes port 9000$/]],
  [{ port: 9000 }, [], { port: 9001 }],
  [{ name: 'other' }, [/^takes the name other$/]],
  [{ name: 'other' }, [], { name: 'mine' }],
  [{ passEnv: ['AWS_PROFILE'] }, [/AWS_PROFILE/]],
  [{ gpus: 'all' }, [/GPU/]],
])('%j reaches %j beyond the folder', async (settings, lines, asked = {}) => {
  expect(await permissions(settings, asked)).toEqual(lines.map((line) => expect.stringMatching(line)));
});

test.each([
  [{ env: { JUPYTER_TOKEN: 'known' } }, 'JUPYTER_TOKEN'],
  [{ passEnv: ['JUPYTER_TOKEN'] }, 'JUPYTER_TOKEN'],
  [{ kind: 'rstudio', env: { PASSWORD: 'known' } }, 'PASSWORD'],
  [{ kind: 'k', kinds: { k: K }, env: { EZJ_TOKEN: 'known' } }, 'EZJ_TOKEN'],
])('a file may not set the secret of its session: %j', async (settings, name) => {
  await expect(permissions(settings)).rejects.toMatchObject({
    code: 'project-file-invalid',
    message: expect.stringContaining(name),
  });
});

test.each(['jupiter', 'constructor', '__proto__'])('a kind %s that there is not is named', async (kind) => {
  await expect(permissions({ kind })).rejects.toMatchObject({ code: 'kind-unknown' });
});

const write = (name: string, content = '') => writeFile(path.join(request.project, name), content);

test('files of R mean R, where neither the command line nor the project file says otherwise', async () => {
  await write('DESCRIPTION', 'Package: p\n');
  const meant = await completeRequest(request, {});
  expect(meant.request.kind).toBe('r');
  expect(meant.remarks).toEqual(['DESCRIPTION is here: starting with R (-3 for Python)']);
  for (const asked of [{ kind: 'python' }, { noEnv: true }]) {
    const { request: other, remarks } = await completeRequest({ ...request, ...asked }, {});
    expect([other.kind, remarks]).toEqual(['python', []]);
  }
  const said = await complete({}, { kind: 'rstudio' });
  expect([said.request.kind, said.remarks]).toEqual(['rstudio', []]);
});

test('an image in a file that names no kind goes with the kind that the other files mean', async () => {
  await write('DESCRIPTION', 'Package: p\n');
  expect((await complete({}, { image: 'my/r' })).request).toMatchObject({ kind: 'r', image: 'my/r' });
  expect((await complete({ kind: 'python' }, { image: 'my/r' })).request.image).toBeUndefined();
});

test('what the files say is needed is left aside where the user wants that', async () => {
  await write('requirements.txt', 'six\n');
  expect((await completeRequest(request, {})).plan?.steps).toHaveLength(1);
  expect((await completeRequest({ ...request, noEnv: true }, {})).plan).toBeUndefined();
});

test.each([
  undefined,
  { mounts: [{ source: '../data' }] },
])('code of the project is asked for beside %j, once for each content', async (settings) => {
  const look = () => (settings ? complete({}, settings) : completeRequest(request, {}));
  const before = await look();
  await write('postBuild', '#!/bin/sh\n');
  const first = await look();
  expect(permissionsOf(first)).toEqual([...permissionsOf(before), expect.stringMatching(/^runs its postBuild while /)]);
  expect(first.fingerprint).not.toBe(before.fingerprint);
  await write('requirements.txt', 'six\n');
  expect((await look()).fingerprint).toBe(first.fingerprint);
  await write('postBuild', '#!/bin/sh\ntrue\n');
  expect((await look()).fingerprint).not.toBe(first.fingerprint);
});

describe('a Dockerfile and a devcontainer.json', () => {
  const look = (asked: Partial<StartRequest> = {}) => completeRequest({ ...request, ...asked }, {});
  const built = async (asked: Partial<StartRequest> = {}) => (await look(asked)).plan?.build?.file.path;
  const devcontainer = (content: object) => write('.devcontainer.json', JSON.stringify(content));

  test('the image is what the command line says, then ezj.yaml, then binder/, then devcontainer.json', async () => {
    await write('Dockerfile', 'FROM x');
    await devcontainer({ build: { dockerfile: 'inside/dev' } });
    await write('inside/dev', 'FROM y');
    expect(await built()).toBe('inside/dev');
    await mkdir(path.join(request.project, 'binder'));
    await write('binder/Dockerfile', 'FROM z');
    expect(await built()).toBe('binder/Dockerfile');
    await write('ezj.yaml', 'dockerfile: Dockerfile');
    expect(await built()).toBe('Dockerfile');
    expect(await built({ image: 'my/own' })).toBeUndefined();
    expect(await built({ noEnv: true })).toBeUndefined();
    await write('ezj.yaml', 'image: my/own');
    expect(await built()).toBeUndefined();
  });

  test('a Dockerfile that ezj.yaml names has to be there, in the project, and the only word on the image', async () => {
    await write('ezj.yaml', 'dockerfile: docker/Dockerfile');
    await expect(look()).rejects.toThrow('ezj.yaml: it names a Dockerfile that does not exist: docker/Dockerfile');
    await write('ezj.yaml', 'dockerfile: ../Dockerfile');
    await expect(look()).rejects.toThrow('dockerfile: expected a path in the project');
    await write('ezj.yaml', 'dockerfile: a\nimage: b');
    await expect(look()).rejects.toThrow('image and dockerfile: expected only one of them');
    await symlink('/etc/passwd', path.join(request.project, 'out'));
    await write('ezj.yaml', 'dockerfile: out');
    await expect(look()).rejects.toThrow('a link that leads out of the folder');
  });

  test('a Dockerfile is asked for once for each content of it, and not for what it copies', async () => {
    await write('ezj.yaml', 'dockerfile: Dockerfile');
    await write('Dockerfile', 'FROM x\nCOPY code.py /');
    const first = await look();
    expect(permissionsOf(first)).toEqual([
      expect.stringMatching(/^builds its Dockerfile, .* as root in a container with network/),
    ]);
    await write('code.py', 'changed');
    expect((await look()).fingerprint).toBe(first.fingerprint);
    await write('Dockerfile', 'FROM x\nRUN true');
    expect((await look()).fingerprint).not.toBe(first.fingerprint);
  });

  test('what a devcontainer.json says ranks below ezj.yaml, and packages are installed on its image', async () => {
    await devcontainer({
      image: 'dev/python',
      containerEnv: { A: 'dev', B: 'dev' },
      mounts: [`type=bind,source=${root}/data,target=/d`, `type=bind,source=${root}/data,target=/e`],
    });
    await write('requirements.txt', 'six');
    const project = await complete({}, { env: { B: 'file' }, mounts: [{ source: '../other', target: '/e' }] });
    expect(project.request).toMatchObject({
      image: 'dev/python',
      env: { A: 'dev', B: 'file' },
      mounts: [
        { source: `${root}/data`, target: '/d' },
        { source: `${root}/other`, target: '/e' },
      ],
    });
    expect(project.plan?.steps).toHaveLength(1);
    expect((await complete({}, { image: 'my/own' })).request.image).toBe('my/own');
    expect((await look({ noEnv: true })).request).toMatchObject({ env: {} });
  });

  test('what a devcontainer.json asks beyond the folder is shown, once for each content', async () => {
    await devcontainer({ containerEnv: { A: '1' } });
    expect(permissionsOf(await look())).toEqual([]);
    const content = {
      image: 'dev/python',
      containerEnv: { T: '${localEnv:TOKEN}' },
      mounts: [`type=bind,source=${root}/data,target=/d,readonly`],
      forwardPorts: [8000],
      postCreateCommand: { one: 'pip  install\n-r x', two: ['a', 'b'] },
      hostRequirements: { gpu: true },
    };
    await devcontainer(content);
    const first = await look({ localEnv: { TOKEN: 'secret' } });
    expect(permissionsOf(first)).toEqual([
      'runs dev/python, with the network and your proxy settings',
      `mounts ${root}/data at /d, read-only`,
      'uses all GPUs',
      'runs its postCreateCommand one in each new container, as you: pip \\u{20}install\\n-r x',
      'runs its postCreateCommand two in each new container, as you: a b',
      'passes your variable TOKEN to the session, in T',
      'opens its port 8000 on this machine (127.0.0.1)',
    ]);
    expect(first.request.env).toEqual({ T: 'secret' });
    await devcontainer({ ...content, name: 'other' });
    expect((await look()).fingerprint).not.toBe(first.fingerprint);
  });

  test('a mount of a devcontainer.json cannot hide a line of the question', async () => {
    await devcontainer({ mounts: [{ type: 'bind', source: root, target: '/d\n\nIt needs nothing more.' }] });
    await expect(look()).rejects.toThrow('mounts: target "/d\\n\\nIt needs nothing more.": expected one line');
  });

  test('whatever a project’s files and folders are called, each permission is one plain line', async () => {
    const texts = fc.string({ unit: 'binary', minLength: 1, maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(texts, texts, async (name, command) => {
        await devcontainer({ postCreateCommand: { [`x${name}`]: command, other: [command, name] } });
        const lines = permissionsOf(await look());
        expect(lines).toHaveLength(2);
        for (const line of lines) expect(line).toSatisfy(isPlain);
      }),
      { numRuns: 20 },
    );
  });

  test('a source with words in its path is quoted, so that it cannot pose as another mount', async () => {
    const source = path.join(root, 'data at /d, read-only');
    await mkdir(source, { recursive: true });
    await devcontainer({ mounts: [{ type: 'bind', source, target: '/e' }] });
    expect(permissionsOf(await look())).toEqual([`mounts '${source}' at /e, writable`]);
  });

  test('a devcontainer.json cannot set the secret of a session', async () => {
    await devcontainer({ containerEnv: { JUPYTER_TOKEN: 'known' } });
    const project = await look();
    expect(() => permissionsOf(project)).toThrow(
      "JUPYTER_TOKEN cannot be set here: ezj puts the session's secret there",
    );
  });
});
