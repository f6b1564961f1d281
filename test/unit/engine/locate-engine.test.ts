import { createHash } from 'node:crypto';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type LocateOptions, locateEngine } from '../../../src/engine/locate-engine.ts';

let homeDir: string;
let servers: Server[];

beforeEach(async () => {
  homeDir = await mkdtemp(join(tmpdir(), 'ezj-home-'));
  servers = [];
});
afterEach(async () => {
  for (const server of servers) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
  await rm(homeDir, { recursive: true, force: true });
});

/** Answers as an engine does, as far as finding it goes. */
async function listenAt(path: string, product = 'Docker Engine - Community', silent = false): Promise<string> {
  await mkdir(dirname(path), { recursive: true });
  const server = createServer((request, response) => {
    if (silent) return;
    const version = { Version: '1', Components: [{ Name: product }] };
    response.end(request.url?.startsWith('/_ping') ? 'OK' : JSON.stringify(request.url === '/info?' ? {} : version));
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return `unix://${path}`;
}

async function writeContext(name: string, host: string): Promise<void> {
  const id = createHash('sha256').update(name).digest('hex');
  const folder = join(homeDir, '.docker/contexts/meta', id);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'meta.json'), JSON.stringify({ Name: name, Endpoints: { docker: { Host: host } } }));
}

async function writeConfig(text: string): Promise<void> {
  await mkdir(join(homeDir, '.docker'), { recursive: true });
  await writeFile(join(homeDir, '.docker/config.json'), text);
}

function locate(env: NodeJS.ProcessEnv = {}, changes: Partial<LocateOptions> = {}) {
  return locateEngine({
    platform: 'linux',
    env: { XDG_RUNTIME_DIR: join(homeDir, 'run'), ...env },
    homeDir,
    uid: 54321,
    ...changes,
  });
}

async function sourceOf(env: NodeJS.ProcessEnv = {}): Promise<string> {
  const engine = await locate(env);
  return (await engine.info()).source;
}

describe('an engine that is named', () => {
  test('by DOCKER_HOST is used', async () => {
    const host = await listenAt(join(homeDir, 'a.sock'));
    expect(await sourceOf({ DOCKER_HOST: host })).toBe(`DOCKER_HOST=${host}`);
  });

  test('by DOCKER_HOST comes before a context', async () => {
    const host = await listenAt(join(homeDir, 'a.sock'));
    expect(await sourceOf({ DOCKER_HOST: host, DOCKER_CONTEXT: 'other' })).toContain('DOCKER_HOST');
  });

  test('by DOCKER_CONTEXT comes before the context in use', async () => {
    await writeContext('mine', await listenAt(join(homeDir, 'a.sock')));
    await writeConfig('{"currentContext":"broken"}');
    expect(await sourceOf({ DOCKER_CONTEXT: 'mine' })).toBe('docker context "mine"');
  });

  test('by the context in use is found below DOCKER_CONFIG', async () => {
    await writeContext('colima', await listenAt(join(homeDir, 'a.sock')));
    await writeConfig('{"currentContext":"colima"}');
    expect(await sourceOf({ DOCKER_CONFIG: join(homeDir, '.docker') })).toBe('docker context "colima"');
  });

  test('by CONTAINER_HOST is used, and known as Podman', async () => {
    const host = await listenAt(join(homeDir, 'p.sock'), 'Podman Engine');
    const engine = await locate({ CONTAINER_HOST: host });
    expect(await engine.info()).toMatchObject({ product: 'podman', host });
  });

  test('and does not answer is an error, though another would', async () => {
    await listenAt(join(homeDir, '.docker/run/docker.sock'));
    const DOCKER_HOST = `unix://${join(homeDir, 'gone.sock')}`;
    await expect(locate({ DOCKER_HOST })).rejects.toMatchObject({
      code: 'engine-not-found',
      message: expect.stringContaining(DOCKER_HOST),
      hint: expect.stringContaining('unset DOCKER_HOST'),
    });
  });

  test('by a context that does not exist is an error', async () => {
    await expect(locate({ DOCKER_CONTEXT: 'gone' })).rejects.toMatchObject({
      code: 'engine-not-found',
      message: expect.stringContaining('"gone" does not exist'),
    });
  });

  test.each([
    'ssh://ada@server',
    'tcp://192.168.1.7:2375',
    'example.org:2375',
  ])('%s is refused, for its mounts are elsewhere', async (DOCKER_HOST) => {
    await expect(locate({ DOCKER_HOST })).rejects.toMatchObject({
      code: 'engine-not-found',
      message: expect.stringContaining('another machine'),
    });
  });

  test.each(['nonsense://x', 'unix://', 'tcp://'])('%s is refused as no address', async (DOCKER_HOST) => {
    await expect(locate({ DOCKER_HOST })).rejects.toMatchObject({
      code: 'engine-not-found',
      message: expect.stringContaining('not the address'),
    });
  });

  test('by TCP on the loopback address is used', async () => {
    const server = createServer((_, response) => response.end('OK'));
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    await expect(locate({ DOCKER_HOST: `tcp://127.0.0.1:${port}` })).resolves.toBeDefined();
  });

  test('and hangs ends with the signal', async () => {
    const host = await listenAt(join(homeDir, 'a.sock'), '', true);
    const signal = AbortSignal.timeout(50);
    await expect(locate({ DOCKER_HOST: host }, { signal })).rejects.toMatchObject({ code: 'cancelled' });
  });
});

describe('without a named engine', () => {
  // The machine that tests has sockets of its own in Linux's usual places, and never Windows' pipes.
  test('each candidate that failed is told, with its reason', async () => {
    const failure = await locate({}, { platform: 'win32' }).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'engine-not-found', hint: expect.stringContaining('ezj setup') });
    expect(failure).toHaveProperty('details', [
      'Docker Desktop (pipe docker_engine): not there',
      'Docker Desktop (pipe dockerDesktopLinuxEngine): not there',
      'podman machine (pipe podman-machine-default): not there',
    ]);
  });
});

test('a socket that this user may not open fails with engine-permission', async () => {
  const host = await listenAt(join(homeDir, 'private/a.sock'));
  await chmod(join(homeDir, 'private'), 0);
  await asOrdinaryUser(async () => {
    await expect(locate({ DOCKER_HOST: host })).rejects.toMatchObject({
      code: 'engine-permission',
      hint: expect.stringContaining('docker group'),
    });
  });
  await chmod(join(homeDir, 'private'), 0o700);
});

/** Root may open everything, so a test that runs as root becomes nobody for a moment. */
async function asOrdinaryUser(run: () => Promise<void>): Promise<void> {
  const root = process.getuid?.() === 0;
  if (root) process.seteuid?.(65534);
  try {
    await run();
  } finally {
    if (root) process.seteuid?.(0);
  }
}

test('a broken docker configuration is one clear error', async () => {
  await writeConfig('{"auths":');
  await expect(locate()).rejects.toMatchObject({
    code: 'config-invalid',
    message: expect.stringContaining(join(homeDir, '.docker/config.json')),
  });
});
