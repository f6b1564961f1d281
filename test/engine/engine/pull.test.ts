import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import Docker from 'dockerode';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { createDockerEngine } from '../../../src/engine/docker-engine.ts';
import type { Engine } from '../../../src/engine/engine.ts';
import type { ProgressEvent } from '../../../src/protocol/events.ts';
import { DISK_FULL, type FaultyEngine, startFaultyEngine } from '../../environment/faulty-engine.ts';
import { type Registry, startRegistry } from '../../environment/registry.ts';
import { importTinyImage } from '../../environment/tiny-image.ts';
import { openScratch, type Scratch } from '../scratch.ts';

let scratch: Scratch;
let registry: Registry | undefined;
let faulty: FaultyEngine | undefined;
let events: ProgressEvent[];
let homeDir: string;
let engine: Engine;

beforeAll(async () => {
  scratch = await openScratch();
});
beforeEach(async () => {
  events = [];
  homeDir = await scratch.folder();
  engine = createDockerEngine({
    host: scratch.host,
    source: 'the test',
    env: { PATH: `${homeDir}:${process.env.PATH}` },
    homeDir,
  });
});
afterEach(async () => {
  await faulty?.stop();
  await registry?.stop();
  faulty = undefined;
  registry = undefined;
});
afterAll(() => scratch.clean());

const ADA = { user: 'ada', password: 'love:lace' };

/** An image in the registry that the engine does not have. */
async function push({ host }: Registry, { bytes = 300_000, auth = {} } = {}): Promise<string> {
  const name = `${host}/tiny-${randomBytes(3).toString('hex')}:1`;
  const image = await importTinyImage({ name, labels: [scratch.label], bytes });
  const docker = new Docker({ socketPath: scratch.host.slice('unix://'.length) });
  const stream = await docker.getImage(name).push({ authconfig: auth });
  for await (const chunk of stream) expect(String(chunk)).not.toContain('"error"');
  await image.remove();
  return name;
}

function pull(name: string, { from = engine, signal = AbortSignal.timeout(60_000) } = {}): Promise<void> {
  return from.pullImage(name, { report: (event) => events.push(event), signal });
}

async function writeDockerConfig(config: object): Promise<void> {
  await mkdir(join(homeDir, '.docker'), { recursive: true });
  await writeFile(join(homeDir, '.docker/config.json'), JSON.stringify(config));
}

/** A credential helper on the PATH, by docker's protocol: the registry's address on stdin, JSON on stdout. */
async function writeHelper(name: string, script: string): Promise<void> {
  await writeFile(join(homeDir, `docker-credential-${name}`), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
}

/** An engine whose answer to a pull is not the real one's. */
async function engineWithFault(fault: Parameters<FaultyEngine['setFaults']>[0][number]['fault']): Promise<Engine> {
  faulty = await startFaultyEngine({ rules: [{ path: /^\/images\/create$/, fault }] });
  return createDockerEngine({ host: faulty.url, source: 'the test', env: {}, homeDir });
}

test('pulls an image and reports its layers to their end', async () => {
  registry = await startRegistry();
  const name = await push(registry, { bytes: 4_000_000 });
  await pull(name);
  expect((await engine.inspectImage(name))?.tags).toEqual([name]);
  const layers = events.filter((event) => event.type === 'layer');
  expect(layers.length).toBeGreaterThan(1);
  expect(layers.at(-1)).toMatchObject({ phase: 'done', totalBytes: expect.any(Number) });
});

test('pulls by digest', async () => {
  registry = await startRegistry();
  const name = await push(registry);
  await pull(name);
  const [digest = ''] = (await engine.inspectImage(name))?.digests ?? [];
  await engine.removeImage(name);
  expect(await engine.inspectImage(digest)).toBeUndefined();
  await pull(digest);
  expect(await engine.inspectImage(digest)).toMatchObject({ digests: [digest] });
  await engine.removeImage(digest);
});

test('fails with image-not-found when the tag does not exist', async () => {
  registry = await startRegistry();
  const name = await push(registry);
  await expect(pull(name.replace(/:1$/, ':2'))).rejects.toMatchObject({ code: 'image-not-found' });
  await expect(pull(`${registry.host}/never:1`)).rejects.toMatchObject({ code: 'image-not-found' });
});

test('fails with registry-unreachable when nothing listens', async () => {
  await expect(pull('127.0.0.1:1/some/image:1')).rejects.toMatchObject({ code: 'registry-unreachable' });
});

test('a password is asked for, and taken from the docker configuration', async () => {
  registry = await startRegistry({ auth: ADA });
  const name = await push(registry, { auth: { username: ADA.user, password: ADA.password } });
  await expect(pull(name)).rejects.toMatchObject({
    code: 'registry-denied',
    hint: expect.stringContaining(`docker login ${registry.host}`),
  });
  await writeDockerConfig({ auths: { [registry.host]: { auth: Buffer.from('ada:love:lace').toString('base64') } } });
  await pull(name);
  expect(await engine.inspectImage(name)).toBeDefined();
});

test('a password is taken from a credential helper', async () => {
  registry = await startRegistry({ auth: ADA });
  const name = await push(registry, { auth: { username: ADA.user, password: ADA.password } });
  const answer = `{"ServerURL":"","Username":"ada","Secret":"love:lace"}`;
  await writeHelper('vault', `read host; [ "$1 $host" = "get ${registry.host}" ] && echo '${answer}'`);
  await writeDockerConfig({ credHelpers: { [registry.host]: 'vault' } });
  await pull(name);
  expect(events.filter(({ type }) => type === 'warning')).toEqual([]);
});

test('a credential helper that fails is a warning, and the pull goes on without', async () => {
  registry = await startRegistry();
  const name = await push(registry);
  await writeHelper('locked', 'echo the keychain is locked; exit 1');
  await writeDockerConfig({ credsStore: 'locked' });
  await pull(name);
  expect(events).toContainEqual({ type: 'warning', text: expect.stringContaining('the keychain is locked') });
});

test('a credential helper that is not installed is a warning', async () => {
  registry = await startRegistry();
  const name = await push(registry);
  await writeDockerConfig({ credsStore: 'not-there' });
  await pull(name);
  expect(events).toContainEqual({ type: 'warning', text: expect.stringContaining('docker-credential-not-there') });
});

test('an answer that is cut fails with pull-failed', async () => {
  registry = await startRegistry();
  const name = await push(registry);
  const from = await engineWithFault({ kind: 'cut', afterBytes: 20 });
  await expect(pull(name, { from })).rejects.toMatchObject({ code: 'pull-failed' });
});

test('an answer that ends without a word of success fails with pull-failed', async () => {
  const from = await engineWithFault({ kind: 'stream', lines: [{ status: 'Pulling fs layer', id: 'a' }] });
  await expect(pull('127.0.0.1:1/x:1', { from })).rejects.toMatchObject({ code: 'pull-failed' });
});

test('a full disk fails with disk-full', async () => {
  const from = await engineWithFault({ kind: 'stream', lines: [{ status: 'Extracting', id: 'a' }, DISK_FULL] });
  await expect(pull('127.0.0.1:1/x:1', { from })).rejects.toMatchObject({
    code: 'disk-full',
    hint: expect.stringContaining('ezj prune'),
  });
});

test('a pull from an engine that hangs ends with the signal', async () => {
  const from = await engineWithFault({ kind: 'hang' });
  const signal = AbortSignal.timeout(100);
  await expect(pull('127.0.0.1:1/x:1', { from, signal })).rejects.toMatchObject({ code: 'cancelled' });
});

test('a cancelled pull leaves no image', async () => {
  registry = await startRegistry();
  const name = await push(registry, { bytes: 30_000_000 });
  const controller = new AbortController();
  const pulling = engine.pullImage(name, { report: () => controller.abort(), signal: controller.signal });
  await expect(pulling).rejects.toMatchObject({ code: 'cancelled' });
  expect(await engine.inspectImage(name)).toBeUndefined();
});
