import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { SessionAccess } from '../../src/protocol/session.ts';
import { createSandbox, type Sandbox } from '../environment/sandbox.ts';
import { NOTEBOOK_IMAGE } from '../environment/stand-in-notebook.ts';
import { askServer, leftovers, listSessions, runJson } from './notebooks.ts';

const MANY = 20;
// Twenty: test/unit/sessions/concurrency.test.ts.
const SOME = 5;

// The daemon too is started by whichever of the twenty comes first.
async function open(): Promise<Sandbox> {
  const sandbox = await createSandbox();
  onTestFinished(sandbox.cleanup);
  return sandbox;
}

test('starts at the same moment in several folders give a session each', async () => {
  const sandbox = await open();
  const folders = Array.from({ length: SOME }, (_, n) => path.join(sandbox.home, `p${n}`, 'work'));
  await Promise.all(folders.map((folder) => mkdir(folder, { recursive: true })));
  const started = await Promise.all(
    folders.map((folder) => runJson<SessionAccess>(sandbox, ['-d', '--image', NOTEBOOK_IMAGE, folder])),
  );
  for (const part of ['name', 'port', 'container'] as const) {
    expect(new Set(started.map(({ session }) => session[part])).size).toBe(SOME);
  }
  expect(await Promise.all(started.map(({ url }) => askServer(url)))).toEqual(Array(SOME).fill(200));
  expect((await listSessions(sandbox)).map(({ project }) => project).sort()).toEqual([...folders].sort());
  expect(await runJson<object[]>(sandbox, ['stop', '--all'])).toHaveLength(SOME);
  expect((await leftovers(sandbox)).containers).toEqual([]);
});

test('twenty starts at the same moment in one folder give one session, and twenty times its URL', async () => {
  const sandbox = await open();
  const started = await Promise.all(
    Array.from({ length: MANY }, () => runJson<SessionAccess>(sandbox, ['-d', '--image', NOTEBOOK_IMAGE])),
  );
  expect(new Set(started.map(({ url }) => url)).size).toBe(1);
  expect((await leftovers(sandbox)).containers).toEqual([started[0]?.session.container]);
  const { lines } = await runJson<{ lines: string[] }>(sandbox, ['daemon', 'logs']);
  expect(lines.filter((line) => line.includes('another daemon serves'))).toEqual([]);
});
