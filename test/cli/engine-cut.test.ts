import { afterEach, beforeEach, expect, test } from 'vitest';
import type { SessionAccess } from '../../src/protocol/session.ts';
import { createSandbox, type Sandbox } from '../environment/sandbox.ts';
import { NOTEBOOK_IMAGE } from '../environment/stand-in-notebook.ts';
import { type GatedEngine, startGatedEngine } from './gated-engine.ts';
import { askServer, leftovers, listSessions, NOTHING, runFailing, runJson, startNotebook } from './notebooks.ts';

let engine: GatedEngine;
let sandbox: Sandbox;

beforeEach(async () => {
  engine = await startGatedEngine();
  sandbox = await createSandbox();
  sandbox.env.DOCKER_HOST = engine.url;
  await runJson(sandbox, ['list']);
});

afterEach(async () => {
  await sandbox.cleanup();
  await engine.stop();
});

const CASES = [
  { moment: 'before the container is created', method: 'POST', route: /^\/containers\/create$/ },
  { moment: 'before the container is started', method: 'POST', route: /^\/containers\/[^/]+\/start$/ },
];

test.each(CASES)('an engine that goes away $moment and comes back leaves nothing', async ({ method, route }) => {
  const call = engine.hold(method, route);
  const failing = runFailing(sandbox, ['-d', '--image', NOTEBOOK_IMAGE]);
  await call.reached;
  await engine.cut();
  expect(await failing).toMatchObject({ exitCode: 4, code: 'engine-gone' });
  expect(await runFailing(sandbox, ['list'])).toMatchObject({ exitCode: 4 });
  await engine.restore();
  expect(await listSessions(sandbox)).toEqual([]);
  expect(await leftovers(sandbox)).toEqual(NOTHING);
  const access = await startNotebook(sandbox);
  expect(await askServer(access.url)).toBe(200);
});

test('a session outlives a connection to the engine that is cut, and the list is true again afterwards', async () => {
  const access = await startNotebook(sandbox);
  await engine.cut();
  expect(await runFailing(sandbox, ['url'])).toMatchObject({ exitCode: 4 });
  expect(await askServer(access.url)).toBe(200);
  await engine.restore();
  expect(await listSessions(sandbox)).toEqual([access.session]);
  expect(await runJson<SessionAccess>(sandbox, ['url'])).toMatchObject({ url: access.url });
});

test('an engine that goes away while a server starts loses no session', async () => {
  const call = engine.hold('POST', /^\/containers\/[^/]+\/start$/);
  const failing = runFailing(sandbox, ['-d', '--image', NOTEBOOK_IMAGE]);
  // The proof that it can write: a light server may be ready before the connection is cut.
  const proof = engine.hold('POST', /^\/containers\/[^/]+\/exec$/);
  await call.reached;
  call.letGo();
  await proof.reached;
  await engine.cut();
  expect(await failing).toMatchObject({ exitCode: 4, code: 'engine-gone' });
  await engine.restore();
  const access = await startNotebook(sandbox);
  expect(await askServer(access.url)).toBe(200);
  expect((await leftovers(sandbox)).containers).toEqual([access.session.container]);
  expect(await listSessions(sandbox)).toEqual([access.session]);
});
