import { expect, test } from 'vitest';
import { CONFIG_KEYS, type Config, memoryLimitOf } from '../../../src/config/keys.ts';
import { userKinds } from '../../../src/config/user-kinds.ts';
import type { EngineInfo, Image } from '../../../src/engine/engine.ts';
import { findKind } from '../../../src/notebooks/kinds.ts';
import type { KindRequest } from '../../../src/protocol/session.ts';
import { type ContainerPlan, planContainer } from '../../../src/sessions/docker/container-plan.ts';
import { hostnameOf } from '../../../src/sessions/hostnames.ts';

const config = Object.fromEntries(
  Object.entries(CONFIG_KEYS).map(([key, { default: value }]) => [key, value]),
) as Config;

const ENGINE: EngineInfo = {
  product: 'docker',
  version: '28.0.0',
  source: 'test',
  host: 'unix:///x',
  os: 'Debian',
  architecture: 'x86_64',
  rootless: false,
  virtualMachine: false,
  selinux: false,
  cpus: 2,
  memoryBytes: 0,
  dataDir: '',
  id: 'an-engine',
};

function imageOf(env: Record<string, string>, exposedPorts: number[] = []): Image {
  const settings = { env, entrypoint: [], cmd: ['/init'], user: '', workdir: '', exposedPorts };
  return {
    id: '1',
    tags: ['an/image:1'],
    digests: [],
    labels: {},
    bytes: 0,
    created: '',
    platform: 'linux/amd64',
    layers: [],
    config: settings,
  };
}

const ROCKER = imageOf({ RSTUDIO_VERSION: '2025.09.0', R_VERSION: '4.5.1' }, [8787]);
const JUPYTER = imageOf({ NB_USER: 'jovyan', NB_UID: '1000' }, [8888]);
const KINDS = userKinds.parse({
  lab: {
    image: 'my/lab',
    port: 7777,
    url: '/{token}',
    ready: { path: '/{token}' },
    command: ['serve', '--all'],
    env: { MODE: 'x' },
  },
});

interface Case {
  kind?: string;
  image?: Image;
  user?: { uid: number; gid: number };
  engine?: Partial<EngineInfo>;
  request?: Partial<KindRequest>;
  kinds?: typeof KINDS;
}

function plan({
  kind = 'rstudio',
  image = ROCKER,
  user = { uid: 501, gid: 20 },
  engine,
  request,
  kinds = KINDS,
}: Case = {}): ContainerPlan {
  const asked: KindRequest = {
    project: '/data/genome',
    kind,
    refresh: 'auto',
    readOnly: false,
    mounts: [],
    env: {},
    user,
    host: { proxy: {} },
    ...request,
  };
  return planContainer(asked, {
    kind: findKind(kind, kinds),
    image,
    engine: { ...ENGINE, ...engine },
    config,
    owner: '501',
    token: 'secret',
    certificates: { files: [], env: {} },
  });
}

test.each<[string, Case, Record<string, string>, string]>([
  [
    'a user of a rootful engine',
    { user: { uid: 12345, gid: 100 } },
    { USERID: '12345', GROUPID: '100', RUNROOTLESS: 'false' },
    'rstudio',
  ],
  [
    'root of a rootful engine',
    { user: { uid: 0, gid: 0 } },
    { USERID: '0', GROUPID: '0', RUNROOTLESS: 'true' },
    'root',
  ],
  [
    'a rootless engine, whose root is the user',
    { engine: { rootless: true } },
    { USERID: '0', GROUPID: '0', RUNROOTLESS: 'true' },
    'root',
  ],
  ['rootless Podman', { engine: { rootless: true, product: 'podman' } }, { RUNROOTLESS: 'true' }, 'root'],
  [
    'rootful Podman',
    { engine: { product: 'podman' } },
    { USERID: '501', GROUPID: '20', RUNROOTLESS: 'false' },
    'rstudio',
  ],
  [
    'Docker Desktop on a Mac',
    { engine: { virtualMachine: true } },
    { USERID: '501', GROUPID: '20', RUNROOTLESS: 'false' },
    'rstudio',
  ],
  [
    'Docker Desktop on Windows, which has no uid',
    { user: undefined, request: { user: undefined }, engine: { virtualMachine: true } },
    { USERID: '1000', GROUPID: '1000', RUNROOTLESS: 'false' },
    'rstudio',
  ],
])('rocker’s init is told of %s', (_, given, env, name) => {
  const { spec, server, home } = plan(given);
  expect(spec.env).toMatchObject({ ...env, DISABLE_AUTH: 'false', PASSWORD: 'secret' });
  expect(spec.env.HOME).toBeUndefined();
  expect({ user: server.user, home }).toEqual({ user: name, home: name === 'root' ? '/root' : '/home/rstudio' });
  expect({ user: spec.user, init: spec.init }).toEqual({ user: undefined, init: false });
});

test('what tells rocker’s init cannot be changed from outside', () => {
  const env = { DISABLE_AUTH: 'true', RUNROOTLESS: 'auto', USERID: '0', GROUPID: '0', R_LIBS_USER: '/mine' };
  expect(plan({ request: { env } }).spec.env).toMatchObject({
    DISABLE_AUTH: 'false',
    RUNROOTLESS: 'false',
    USERID: '501',
    GROUPID: '20',
    R_LIBS_USER: '/mine',
  });
});

test('RStudio has the limits, mounts and names that notebooks have', () => {
  const mounts = [{ source: '/data/ref', target: '/ref', readOnly: true }];
  const { spec } = plan({ request: { mounts, readOnly: true, cpus: 2, memoryBytes: 2 ** 30, gpus: 'all' } });
  expect(spec).toMatchObject({
    cpus: 2,
    memoryBytes: 2 ** 30,
    gpus: 'all',
    hostname: 'genome',
    workdir: '/work/genome',
  });
  expect(spec.mounts).toEqual([
    expect.objectContaining({ type: 'volume', target: '/home/rstudio' }),
    { type: 'bind', source: '/data/genome', target: '/work/genome', readOnly: true },
    { type: 'bind', ...mounts[0] },
  ]);
});

test.each([
  '/home/rstudio/data',
  '/home/rstudio',
  '/home',
  '/work/genome',
  '/work',
])('a mount at %s is refused', (target) => {
  const mounts = [{ source: '/data/ref', target, readOnly: false }];
  expect(() => plan({ request: { mounts } })).toThrow(expect.objectContaining({ code: 'usage' }));
});

test('below the home folder of other images a mount is nobody’s harm', () => {
  const mounts = [{ source: '/data/ref', target: '/home/jovyan/ref', readOnly: false }];
  expect(() => plan({ kind: 'python', image: JUPYTER, request: { mounts } })).not.toThrow();
});

test('a kind of the user’s runs as the user, with its own command, port and variables', () => {
  const { spec, server } = plan({ kind: 'lab', image: imageOf({}) });
  expect(spec).toMatchObject({ user: '501:20', init: true, capabilities: [], cmd: ['serve', '--all'] });
  expect(spec.env).toMatchObject({ HOME: '/home/ezj', MODE: 'x', EZJ_TOKEN: 'secret' });
  expect(server).toMatchObject({ port: 7777, secret: 'EZJ_TOKEN', signIn: 'token' });
});

const options = (given: Case) => plan({ kind: 'python', image: JUPYTER, ...given }).spec.cmd?.join(' ');

test('Jupyter answers to the own hostname of its session, and to any where other machines may reach it', () => {
  expect(options({})).toMatch(
    /--ServerApp\.allow_remote_access=False --ServerApp\.local_hostnames=genome-[0-9a-f]{12}\.localhost --ServerApp\.local_hostnames=localhost /,
  );
  expect(options({ request: { bind: '192.0.2.7' } })).toMatch(/--ServerApp\.allow_remote_access=True /);
});

test('the secret of cookies is not in the home folder, which outlives the session', () => {
  expect(options({})).toContain('--ServerApp.cookie_secret_file=/dev/shm/');
});

test('a Jupyter that the command of a kind or an image starts is configured by a file, before all others', () => {
  const image = imageOf({ JUPYTER_CONFIG_PATH: '/of/image' });
  for (const given of [
    { kind: 'lab', image },
    { kind: 'python', image },
  ]) {
    const { spec, files } = plan(given);
    expect(spec.env.JUPYTER_CONFIG_PATH).toBe('/etc/ezj/jupyter:/of/image');
    const file = files.find((each) => each.path === '/etc/ezj/jupyter/jupyter_server_config.py');
    expect(file).toMatchObject({ uid: 0, mode: 0o644 });
    expect(file?.content).toMatch(
      /allow_remote_access = False\n.*local_hostnames = \["genome-[0-9a-f]{12}\.localhost"/,
    );
  }
});

test('a kind can tell its server the own hostname of the session', () => {
  const kinds = userKinds.parse({
    board: {
      image: 'my/board',
      port: 80,
      signIn: 'none',
      command: ['serve', '--host={hostname}'],
      env: { HOST: '{hostname}' },
    },
  });
  const { spec } = plan({ kind: 'board', image: imageOf({}), kinds });
  expect(spec.cmd?.[1]).toMatch(/^--host=genome-[0-9a-f]{12}\.localhost$/);
  expect(spec.env.HOST).toBe(spec.cmd?.[1]?.split('=')[1]);
});

test('the hostname of a session follows from its key, so folders of one name have different ones', () => {
  const [one, two] = ['/data/genome', '/other/genome'].map((project) => options({ request: { project } }));
  expect(one).not.toBe(two?.replaceAll('/other/', '/data/'));
  expect(hostnameOf('/data/Größe & Co', '0123456789ab')).toBe('gro-e-co-0123456789ab.localhost');
});

test.each<[string, Case, number | undefined]>([
  ['a session leaves a fifth of the memory to the machine', {}, 8_000],
  ['--memory wins', { request: { memoryBytes: 5 } }, 5],
  ['an engine that does not tell its memory sets no limit', { engine: { memoryBytes: 0 } }, undefined],
  ['rootless Podman often may not limit memory', { engine: { product: 'podman', rootless: true } }, undefined],
])('%s', (_, { engine, request }, limit) => {
  const { spec } = plan({ engine: { memoryBytes: 10_000, ...engine }, request });
  expect(spec.memoryBytes).toBe(limit);
});

test.each([
  ['50%', 5_000],
  ['1g', 2 ** 30],
  ['', undefined],
])('limits.memory %j', (value, bytes) => {
  expect(CONFIG_KEYS['limits.memory'].schema.safeParse(value).success).toBe(true);
  expect(memoryLimitOf({ ...config, 'limits.memory': value }, 10_000)).toBe(bytes);
});

test.each(['0%', '120%', 'much', '1k'])('limits.memory %j is refused', (value) => {
  expect(CONFIG_KEYS['limits.memory'].schema.safeParse(value).success).toBe(false);
});
