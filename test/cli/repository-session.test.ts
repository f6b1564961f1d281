import { readdirSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { SessionAccess } from '../../src/protocol/session.ts';
import { createRepository } from '../environment/git-repository.ts';
import { type GitServer, startGitServer } from '../environment/git-server.ts';
import { createSandbox, type Sandbox } from '../environment/sandbox.ts';
import {
  askServer,
  inSession,
  inspect,
  leftovers,
  listSessions,
  NOTHING,
  runFailing,
  startNotebook,
} from './notebooks.ts';

const PASSWORD = 'pass-of-ann-1';
const NOTEBOOK = JSON.stringify({ cells: [], metadata: {}, nbformat: 4, nbformat_minor: 5 });

let sandbox: Sandbox;
let server: GitServer;
let cwd: string;
let address: string;

beforeAll(async () => {
  sandbox = await createSandbox();
  cwd = path.join(sandbox.home, 'cwd');
  await mkdir(cwd);
  const root = path.join(sandbox.home, 'served');
  createRepository(root, 'ann/demo.git', { 'README.md': '# Demo', 'some/first one.ipynb': NOTEBOOK });
  createRepository(root, 'ann/greedy.git', { 'ezj.yaml': 'mounts:\n  - source: ../..\n    target: /all\n' });
  server = await startGitServer(root, { password: PASSWORD });
  address = server.url.replace('//', `//ann:${PASSWORD}@`);
});

afterAll(async () => {
  await server.stop();
  await sandbox.cleanup();
});

test('the page of a notebook opens that notebook in a session of the clone, which is one like any other', async () => {
  const page = `${address}/ann/demo/blob/main/some/first%20one.ipynb`;
  const project = path.join(cwd, 'demo');
  const access = await startNotebook(sandbox, [page], { cwd });
  expect(access.session).toMatchObject({ name: 'demo', project, kind: 'python' });
  expect(new URL(access.url).pathname).toBe('/lab/tree/some/first%20one.ipynb');
  expect(await askServer(access.url)).toBe(200);
  expect(await inSession(sandbox, ['cat', 'README.md'], { cwd: project })).toBe('# Demo');
  const { Config } = await inspect(access.session.container);
  expect(JSON.stringify(Config)).not.toContain(PASSWORD);
  const again = await startNotebook(sandbox, [`${address}/ann/demo`], { cwd });
  expect(again satisfies SessionAccess).toMatchObject({
    reused: true,
    session: { container: access.session.container },
  });
  expect((await sandbox.run(['url', 'demo'], { cwd })).stdout).toMatch(/^http/);
  expect((await sandbox.run(['daemon', 'logs'])).stdout).not.toContain(PASSWORD);
  await sandbox.run(['stop', 'demo'], { cwd });
  expect(await listSessions(sandbox)).toEqual([]);
});

test('a clone whose ezj.yaml reaches beyond the folder is refused until the user agrees', async () => {
  const failure = await runFailing(sandbox, ['-d', `${address}/ann/greedy`], { cwd });
  const project = path.join(cwd, 'greedy');
  expect(failure).toMatchObject({
    exitCode: 2,
    code: 'project-untrusted',
    hint: `To grant them: ezj trust ${project}`,
  });
  expect(readdirSync(cwd)).toContain('greedy');
  expect((await leftovers(sandbox)).containers).toEqual(NOTHING.containers);
});

test('a notebook that is not in the repository is named', async () => {
  const failure = await runFailing(sandbox, ['-d', `${address}/ann/demo/blob/main/none.ipynb`], { cwd });
  expect(failure).toMatchObject({ code: 'project-missing', message: expect.stringContaining('none.ipynb') });
});
