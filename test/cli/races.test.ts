import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { StopReport } from '../../src/protocol/session.ts';
import { request } from '../environment/engine-api.ts';
import { createSandbox, type Sandbox } from '../environment/sandbox.ts';
import { NOTEBOOK_IMAGE } from '../environment/stand-in-notebook.ts';
import { type GatedEngine, startGatedEngine } from './gated-engine.ts';
import { inSession, inspect, leftovers, listSessions, NOTHING, runJson } from './notebooks.ts';

const START = ['-d', '--image', NOTEBOOK_IMAGE, '--json'];

let engine: GatedEngine;
let sandbox: Sandbox;

beforeEach(async () => {
  engine = await startGatedEngine();
  sandbox = await createSandbox();
  sandbox.env.DOCKER_HOST = engine.url;
});

afterEach(async () => {
  await sandbox.cleanup();
  await engine.stop();
});

const removeContainer = (id: string) =>
  request({ method: 'DELETE', path: `/containers/${id}`, query: { force: '1', v: '1' } });

/** Resolves when the server of a container answers. */
async function waitForServer(container: string): Promise<void> {
  const [{ HostPort = '' } = {}] = (await inspect(container)).HostConfig.PortBindings['8888/tcp'] ?? [];
  while (!(await fetch(`http://127.0.0.1:${HostPort}/`, { redirect: 'manual' }).catch(() => undefined)));
}

test.each([
  ['before it is started', 'POST', /^\/containers\/[^/]+\/start$/],
  ['after its server has answered', 'POST', /^\/exec\/[^/]+\/start$/],
])('a container that is removed %s is named as the reason', async (when, method, route) => {
  const call = engine.hold(method, route);
  const starting = sandbox.start(START);
  await call.reached;
  const [container = ''] = (await leftovers(sandbox)).containers;
  if (when.startsWith('after')) await waitForServer(container);
  await removeContainer(container);
  call.letGo();
  const { exitCode, stderr } = await starting.ended;
  expect(exitCode).toBe(7);
  expect(stderr).toContain('"message":"The container was removed while it started."');
  expect(await leftovers(sandbox)).toEqual(NOTHING);
});

test('a container that is removed while it is stopped is stopped, and stop --all goes on', async () => {
  const other = path.join(sandbox.home, 'other');
  await mkdir(other);
  await runJson(sandbox, START.slice(0, -1));
  await inSession(sandbox, ['touch', '/opt/file']);
  await runJson(sandbox, START.slice(0, -1), { cwd: other });
  const [{ container = '' } = {}] = (await listSessions(sandbox)).filter(({ project }) => project === sandbox.project);
  const changes = engine.hold('GET', new RegExp(`^/containers/${container}/changes$`));
  const stopping = sandbox.start(['stop', '--all', '--json']);
  await changes.reached;
  await removeContainer(container);
  changes.letGo();
  const { exitCode, stdout, stderr } = await stopping.ended;
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  expect((JSON.parse(stdout) as StopReport[]).map(({ session }) => session)).toEqual(['other', 'project']);
  expect((await leftovers(sandbox)).containers).toEqual([]);
});
