import net from 'node:net';
import { afterAll, afterEach, beforeAll, expect, onTestFinished, test } from 'vitest';
import { findFreePort } from '../environment/registry.ts';
import { createSandbox, type Sandbox } from '../environment/sandbox.ts';
import { NOTEBOOK_IMAGE } from '../environment/stand-in-notebook.ts';
import { startGatedEngine } from './gated-engine.ts';
import { askServer, inspect, leftovers, NOTHING, runFailing, runJson, startNotebook } from './notebooks.ts';

let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await createSandbox();
});

afterEach(() => sandbox.reset());

afterAll(() => sandbox.cleanup());

async function occupy(port: number): Promise<void> {
  const server = net.createServer();
  await new Promise<void>((resolve, reject) => server.on('error', reject).listen(port, '127.0.0.1', () => resolve()));
  onTestFinished(() => void server.close());
}

test('a port that was asked for and is taken is refused, and nothing is left', async () => {
  const port = await findFreePort();
  await occupy(port);
  const failure = await runFailing(sandbox, ['-d', '--image', NOTEBOOK_IMAGE, '-p', String(port)]);
  expect(failure).toMatchObject({ exitCode: 6, code: 'port-taken', message: `Port ${port} is in use.` });
  expect(await leftovers(sandbox)).toEqual(NOTHING);
});

test('a project whose port is taken gets another one, and its own again when that is free', async () => {
  const own = (await startNotebook(sandbox)).session.port;
  await runJson(sandbox, ['stop']);
  const server = net.createServer();
  await new Promise<void>((resolve) => server.listen(own, '127.0.0.1', () => resolve()));
  const other = await startNotebook(sandbox);
  expect(other.session.port).not.toBe(own);
  expect(await askServer(other.url)).toBe(200);
  await runJson(sandbox, ['stop']);
  await new Promise((resolve) => server.close(resolve));
  expect((await startNotebook(sandbox)).session.port).toBe(own);
});

test('a port that somebody takes between choice and start is replaced by the next', async () => {
  const engine = await startGatedEngine();
  onTestFinished(engine.stop);
  sandbox.env.DOCKER_HOST = engine.url;
  const start = engine.hold('POST', /^\/containers\/[^/]+\/start$/);
  const running = sandbox.start(['-d', '--json', '--image', NOTEBOOK_IMAGE]);
  await start.reached;
  const [container = ''] = (await leftovers(sandbox)).containers;
  const lost = Number((await inspect(container)).HostConfig.PortBindings['8888/tcp']?.[0]?.HostPort);
  await occupy(lost);
  start.letGo();
  const { stdout } = await running.ended;
  const { session, url } = JSON.parse(stdout);
  expect(session.port).not.toBe(lost);
  expect(await askServer(url)).toBe(200);
  expect((await leftovers(sandbox)).containers).toEqual([session.container]);
});
