import net from 'node:net';
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest';
import type { Hello } from '../../src/protocol/daemon.ts';
import type { SessionAccess } from '../../src/protocol/session.ts';
import { createSandbox, type Sandbox } from '../environment/sandbox.ts';
import { NOTEBOOK_IMAGE } from '../environment/stand-in-notebook.ts';
import { buildImage, scriptImage } from './derived-image.ts';
import { type GatedEngine, startGatedEngine } from './gated-engine.ts';
import { askServer, inspect, leftovers, listSessions, NOTHING, runJson, startNotebook } from './notebooks.ts';

let engine: GatedEngine;
let sandbox: Sandbox;
let start: string[];

beforeEach(async () => {
  engine = await startGatedEngine();
  sandbox = await createSandbox();
  sandbox.env.DOCKER_HOST = engine.url;
  start = ['-d', '--image', NOTEBOOK_IMAGE];
  await runJson(sandbox, ['list']);
});

afterEach(async () => {
  await sandbox.cleanup();
  await engine.stop();
});

async function killDaemon(): Promise<void> {
  const { pid } = await runJson<Hello>(sandbox, ['daemon', 'status']);
  process.kill(pid, 'SIGKILL');
}

async function occupyPortOf(container: string): Promise<void> {
  const port = Number((await inspect(container)).HostConfig.PortBindings['8888/tcp']?.[0]?.HostPort);
  const server = net.createServer();
  await new Promise<void>((resolve, reject) => server.on('error', reject).listen(port, '127.0.0.1', () => resolve()));
  onTestFinished(() => void server.close());
}

async function expectWorkingStart(): Promise<void> {
  const access = await startNotebook(sandbox);
  expect(await askServer(access.url)).toBe(200);
  expect((await leftovers(sandbox)).containers).toEqual([access.session.container]);
}

test('a daemon that is killed while a container is created leaves nothing', async () => {
  const create = engine.hold('POST', /^\/containers\/create$/);
  const running = sandbox.start([...start, '--json']);
  await create.reached;
  await killDaemon();
  const { exitCode, stderr } = await running.ended;
  expect({ exitCode, stderr }).toEqual({ exitCode: 8, stderr: expect.stringContaining('"code":"daemon-gone"') });
  create.letGo();
  await create.answered;
  expect((await leftovers(sandbox)).containers).toHaveLength(1);
  expect(await listSessions(sandbox)).toEqual([]);
  expect(await leftovers(sandbox)).toEqual(NOTHING);
  await expectWorkingStart();
});

test('a daemon that is killed before a container is started leaves nothing', async () => {
  const startCall = engine.hold('POST', /^\/containers\/[^/]+\/start$/);
  const running = sandbox.start(start);
  await startCall.reached;
  await killDaemon();
  expect((await running.ended).exitCode).toBe(8);
  expect(await listSessions(sandbox)).toEqual([]);
  expect(await leftovers(sandbox)).toEqual(NOTHING);
  await expectWorkingStart();
});

test('a daemon that is killed after it has lost a port to somebody leaves nothing', async () => {
  const first = engine.hold('POST', /^\/containers\/[^/]+\/start$/);
  const running = sandbox.start(start);
  await first.reached;
  const second = engine.hold('POST', /^\/containers\/[^/]+\/start$/);
  await occupyPortOf((await leftovers(sandbox)).containers[0] ?? '');
  // The engine tells times of volumes in seconds.
  const nextSecondMs = (Math.floor(Date.now() / 1000) + 1) * 1000;
  while (Date.now() < nextSecondMs) await new Promise(setImmediate);
  first.letGo();
  await second.reached;
  await killDaemon();
  expect((await running.ended).exitCode).toBe(8);
  expect(await listSessions(sandbox)).toEqual([]);
  expect(await leftovers(sandbox)).toEqual(NOTHING);
});

test('a session whose daemon is killed while it starts is finished, and the next start gives it', async () => {
  const startCall = engine.hold('POST', /^\/containers\/[^/]+\/start$/);
  // The proof that it can write: a light server may be ready before the daemon is killed.
  const proof = engine.hold('POST', /^\/containers\/[^/]+\/exec$/);
  const running = sandbox.start(start);
  await startCall.reached;
  startCall.letGo();
  await proof.reached;
  await killDaemon();
  proof.letGo();
  expect((await running.ended).exitCode).toBe(8);
  const [session] = await listSessions(sandbox);
  expect(session).toMatchObject({ name: 'project', state: 'running' });
  const access = await runJson<SessionAccess>(sandbox, start);
  expect(access).toMatchObject({ reused: true, session: { container: session?.container } });
  expect(await askServer(access.url)).toBe(200);
  await runJson(sandbox, ['stop']);
  expect((await leftovers(sandbox)).containers).toEqual([]);
});

test('a session goes on when its daemon is killed, and the next command shows it', async () => {
  const access = await startNotebook(sandbox);
  await killDaemon();
  expect(await listSessions(sandbox)).toEqual([access.session]);
  expect(await runJson<SessionAccess>(sandbox, ['url'])).toMatchObject({ url: access.url });
});

test('a stop whose daemon is killed in the middle is finished by the next one', async () => {
  await startNotebook(sandbox);
  const remove = engine.hold('DELETE', /^\/containers\//);
  const stopping = sandbox.start(['stop']);
  await remove.reached;
  await killDaemon();
  expect((await stopping.ended).exitCode).toBe(8);
  expect(await listSessions(sandbox)).toMatchObject([{ name: 'project', state: 'stopped' }]);
  await expectWorkingStart();
});

test('a command line that is killed while its session starts leaves nothing', async () => {
  const image = await buildImage(sandbox, { dockerfile: scriptImage(String(start.at(-1)), 'exec sleep 1000') });
  const before = await leftovers(sandbox);
  const startCall = engine.hold('POST', /^\/containers\/[^/]+\/start$/);
  const running = sandbox.start(['-d', '--image', image]);
  await startCall.reached;
  startCall.letGo();
  await startCall.answered;
  const removed = engine.hold('DELETE', /^\/volumes\//);
  process.kill(running.pid, 'SIGKILL');
  await removed.reached;
  removed.letGo();
  await removed.answered;
  expect(await leftovers(sandbox)).toEqual(before);
  expect(await listSessions(sandbox)).toEqual([]);
});

test('a command line that is killed before its container is started leaves nothing', async () => {
  const putFiles = engine.hold('PUT', /^\/containers\/[^/]+\/archive$/);
  const running = sandbox.start(start);
  await putFiles.reached;
  const removed = engine.hold('DELETE', /^\/volumes\//);
  process.kill(running.pid, 'SIGKILL');
  putFiles.letGo();
  await removed.reached;
  removed.letGo();
  await removed.answered;
  expect(await leftovers(sandbox)).toEqual(NOTHING);
  await expectWorkingStart();
});

test('Ctrl-C while a session starts ends with 130 and leaves nothing', async () => {
  const startCall = engine.hold('POST', /^\/containers\/[^/]+\/start$/);
  const running = sandbox.start(start);
  await startCall.reached;
  const removed = engine.hold('DELETE', /^\/volumes\//);
  process.kill(running.pid, 'SIGINT');
  startCall.letGo();
  expect((await running.ended).exitCode).toBe(130);
  await removed.reached;
  removed.letGo();
  await removed.answered;
  expect(await leftovers(sandbox)).toEqual(NOTHING);
});
