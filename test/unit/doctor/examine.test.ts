import { statfs } from 'node:fs/promises';
import { beforeEach, expect, test, vi } from 'vitest';
import { CONFIG_KEYS, type Config } from '../../../src/config/keys.ts';
import { examine, type Surroundings } from '../../../src/doctor/examine.ts';
import type { EngineInfo } from '../../../src/engine/engine.ts';
import { EzjError } from '../../../src/protocol/errors.ts';
import type { Finding } from '../../../src/protocol/image.ts';
import * as ports from '../../../src/sessions/ports.ts';

// Full disks and a machine without a free port cannot be had in a test. Nothing else calls statfs, for the mock stays.
vi.mock('node:fs/promises', async (load) => ({ ...(await load<object>()), statfs: vi.fn() }));
const hasFreePort = vi.spyOn(ports, 'hasFreePort');

const GIB = 1024 ** 3;
const ENGINE: EngineInfo = {
  product: 'docker',
  version: '28.0.0',
  source: 'DOCKER_HOST',
  host: 'unix:///var/run/docker.sock',
  os: 'Debian',
  architecture: 'x86_64',
  rootless: false,
  virtualMachine: false,
  selinux: false,
  cpus: 2,
  memoryBytes: 8 * GIB,
  dataDir: '/var/lib/docker',
  id: 'an-engine',
};
const DEFAULTS = Object.fromEntries(Object.entries(CONFIG_KEYS).map(([key, { default: value }]) => [key, value]));
/** A registry on a port of loopback where nobody listens. */
const SILENT = '127.0.0.1:1/some/image';
/** Through a proxy registries are not asked. */
const PROXY = { https_proxy: 'http://proxy.test:3128' };

beforeEach(() => {
  freeSpace(100 * GIB);
  hasFreePort.mockResolvedValue(true);
});

function freeSpace(bytes: number): void {
  vi.mocked(statfs).mockResolvedValue({ bavail: bytes / 4096, bsize: 4096 } as never);
}

/** All findings of surroundings in which all is well, but for the changes. */
async function find(changes: Partial<Surroundings> = {}, config: Partial<Config> = {}): Promise<Finding[]> {
  const findings = await examine({
    engine: async () => ENGINE,
    host: { proxy: PROXY },
    warnings: [],
    ...changes,
    config: { ...(DEFAULTS as Config), ...config },
  });
  for (const { status, fix } of findings)
    expect({ status, fixed: fix !== undefined }).toEqual({ status, fixed: status !== 'ok' });
  return findings;
}

/** What is not well. */
async function findAmiss(changes?: Partial<Surroundings>, config?: Partial<Config>): Promise<Finding[]> {
  return (await find(changes, config)).filter(({ status }) => status !== 'ok');
}

test('where all is well, every check says so', async () => {
  const findings = await find();
  expect(findings.map(({ check, status }) => [check, status])).toEqual([
    ['engine', 'ok'],
    ['disk', 'ok'],
    ['memory', 'ok'],
    ['registry quay.io', 'ok'],
    ['registry registry-1.docker.io', 'ok'],
    ['ports', 'ok'],
    ['proxy', 'ok'],
    ['certificates', 'ok'],
  ]);
});

test('without an engine its error is the finding, what is the engine’s is said to be unknown, the rest is looked at', async () => {
  const error = new EzjError({
    code: 'engine-not-found',
    message: 'No engine answers.',
    details: ['unix:///a: ENOENT'],
  });
  const findings = await find({ engine: () => Promise.reject(error) });
  expect(findings).toEqual([
    { check: 'engine', status: 'problem', text: 'No engine answers.\nunix:///a: ENOENT', fix: 'ezj setup' },
    expect.objectContaining({
      check: 'disk, memory',
      status: 'warning',
      text: expect.stringContaining('not checked'),
    }),
    expect.objectContaining({ check: 'registry quay.io' }),
    expect.objectContaining({ check: 'registry registry-1.docker.io' }),
    expect.objectContaining({ check: 'ports' }),
    expect.objectContaining({ check: 'proxy' }),
    expect.objectContaining({ check: 'certificates' }),
  ]);
});

test('the hint of an engine’s error is what to do', async () => {
  const error = new EzjError({ code: 'engine-permission', message: 'No.', hint: 'Join the group.' });
  const [finding] = await find({ engine: () => Promise.reject(error) });
  expect(finding).toMatchObject({ check: 'engine', fix: 'Join the group.' });
});

test.each([
  [0.5, 'problem'],
  [3, 'warning'],
] as const)('%d GiB of free disk are a %s', async (gib, status) => {
  freeSpace(gib * GIB);
  const [finding, ...others] = await findAmiss();
  expect(finding).toMatchObject({ check: 'disk', status, text: `${gib.toFixed(1)} GiB free in /var/lib/docker` });
  expect(others).toEqual([]);
});

test('little memory is a warning, whose remedy depends on where the engine runs', async () => {
  const fixes = [];
  for (const virtualMachine of [false, true]) {
    const engine = async () => ({ ...ENGINE, memoryBytes: 2 * GIB, virtualMachine });
    const [finding, ...others] = await findAmiss({ engine });
    expect(finding).toMatchObject({
      check: 'memory',
      status: 'warning',
      text: '2.0 GiB and 2 processors for the engine',
    });
    expect(others).toEqual([]);
    fixes.push(finding?.fix);
  }
  expect(fixes[1]).toContain('virtual machine');
  expect(fixes[0]).not.toBe(fixes[1]);
});

test('a registry that does not answer is a warning', async () => {
  const [finding, ...others] = await findAmiss(
    { host: { proxy: {} } },
    { 'official.python': SILENT, 'official.r': SILENT, 'official.rstudio': SILENT.replace(':1/', ':2/') },
  );
  expect(finding).toMatchObject({
    check: 'registry 127.0.0.1:1',
    status: 'warning',
    text: expect.stringMatching(/ECONNREFUSED.*builds its own images/),
  });
  expect(others).toEqual([
    expect.objectContaining({
      check: 'registry 127.0.0.1:2',
      status: 'warning',
      text: expect.stringMatching(/ECONNREFUSED.*no other source for RStudio/),
    }),
  ]);
});

test.each([
  [false, 'all ports of 8900-9899 on 127.0.0.1 are in use'],
  [undefined, 'no port can be opened on 127.0.0.1'],
])('where a free port of the range is %s, that is a problem', async (found, text) => {
  hasFreePort.mockResolvedValue(found);
  const [finding, ...others] = await findAmiss();
  expect(finding).toMatchObject({ check: 'ports', status: 'problem', text: expect.stringContaining(text) });
  expect(others).toEqual([]);
});

test('ports are looked for on the address and in the range of the configuration', async () => {
  await find({}, { bind: '127.0.0.2', ports: '9000-9001' });
  expect(hasFreePort).toHaveBeenLastCalledWith('127.0.0.2', { first: 9000, last: 9001 });
});

test.each([
  ['http://localhost:3128', 'http://localhost:3128'],
  ['http://user:p@ss@localhost:3128', 'http://…@localhost:3128'],
  ['user:pw@127.0.0.1:3128', '…@127.0.0.1:3128'],
  ['localhost:3128', 'localhost:3128'],
  ['socks5://[::1]:1080', 'socks5://[::1]:1080'],
  ['HTTP://LOCALHOST', 'HTTP://LOCALHOST'],
])('a proxy at %s is a warning, without its password', async (value, shown) => {
  const [finding, ...others] = await findAmiss({ host: { proxy: { https_proxy: value } } });
  expect(finding).toMatchObject({ check: 'proxy', status: 'warning' });
  expect(finding?.text).toBe(`https_proxy is ${shown}: in a container, this address is the container itself`);
  expect(others).toEqual([]);
});

test.each<Record<string, string>>([
  { https_proxy: 'http://localhost.example.org:3128' },
  { https_proxy: 'http://user:localhost@proxy.test:3128' },
  { https_proxy: 'http://10.0.0.127:3128', no_proxy: 'localhost,127.0.0.1' },
])('%j reaches containers', async (proxy) => {
  expect(await findAmiss({ host: { proxy } })).toEqual([]);
});

test('a bundle that cannot be read is a problem', async () => {
  const [finding, ...others] = await findAmiss({ host: { proxy: PROXY, certificates: '/no/such.crt' } });
  expect(finding).toMatchObject({ check: 'certificates', status: 'problem', text: '/no/such.crt cannot be read' });
  expect(others).toEqual([]);
});

test('what the configuration has against it is a warning', async () => {
  expect(await findAmiss({ warnings: ['bind is "x"'] })).toEqual([
    expect.objectContaining({ check: 'configuration', status: 'warning', text: 'bind is "x"' }),
  ]);
});
