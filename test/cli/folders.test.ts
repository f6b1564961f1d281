import { mkdir, symlink } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createSandbox, type Sandbox } from '../environment/sandbox.ts';
import {
  askServer,
  inSession,
  leftovers,
  listSessions,
  NOTHING,
  runFailing,
  runJson,
  startNotebook,
} from './notebooks.ts';

let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await createSandbox();
});

afterAll(() => sandbox.cleanup());

// All that shells, engines and lists of options may trip over. Each by itself: test/unit/sessions/names-of-sessions.test.ts.
const ODD_NAME = `-C:colon:ro it's "quoted" $HOME \`x\`\nZażółć ☕ 日本,a=b;{c}*`;

test('a folder with an odd name has a session of its own', async () => {
  const name = 'c-colon-ro-it-s-quoted-home-x-zazo-c-a';
  const project = path.join(sandbox.home, ODD_NAME);
  await mkdir(project);
  const access = await startNotebook(sandbox, [project]);
  expect(access.session).toMatchObject({ name, project });
  expect(await askServer(access.url)).toBe(200);
  await inSession(sandbox, ['sh', '-c', 'echo there > "$PWD/mark"'], { cwd: project });
  expect(await inSession(sandbox, ['cat', 'mark'], { cwd: project })).toBe('there');
  expect((await sandbox.run(['list'])).stdout.split('\n')).toHaveLength(3);
  expect((await sandbox.run(['stop'], { cwd: project })).stderr).toBe(`${name} is stopped\n`);
  expect((await leftovers(sandbox)).containers).toEqual([]);
});

test('a symbolic link leads to the session of what it points to', async () => {
  const project = path.join(sandbox.home, 'pointed-to');
  await mkdir(project);
  await symlink(project, path.join(sandbox.home, 'link'));
  const first = await startNotebook(sandbox, [path.join(sandbox.home, 'link')]);
  expect(first.session).toMatchObject({ name: 'pointed-to', project });
  const second = await startNotebook(sandbox, [project]);
  expect(second).toMatchObject({ reused: true, url: first.url });
  expect((await sandbox.run(['url', 'link'], { cwd: sandbox.home })).stdout).toBe(`${first.url}\n`);
  await sandbox.run(['stop', 'link'], { cwd: sandbox.home });
  expect(await listSessions(sandbox)).toEqual([]);
});

test('the home folder and the whole disk are refused without --yes, and nothing is made', async () => {
  const before = await leftovers(sandbox);
  for (const folder of [sandbox.home, '/']) {
    expect(await runFailing(sandbox, ['-d', folder])).toMatchObject({ exitCode: 2, code: 'project-refused' });
  }
  const allowed = await startNotebook(sandbox, ['--yes', sandbox.home]);
  expect(allowed.session.project).toBe(sandbox.home);
  await runJson(sandbox, ['stop', '--all']);
  expect((await leftovers(sandbox)).containers).toEqual(before.containers);
});

test('a folder that is not there is named, and nothing is made', async () => {
  const failure = await runFailing(sandbox, ['-d', 'no such folder']);
  expect(failure).toMatchObject({ exitCode: 2, code: 'project-missing' });
  expect(failure.message).toContain(path.join(sandbox.project, 'no such folder'));
  const typo = await runFailing(sandbox, ['lsit']);
  expect(typo).toMatchObject({ code: 'project-missing', hint: 'Did you mean ezj list?' });
  await runJson(sandbox, ['prune', '--volumes', '--older-than', '0h', '--yes']);
  expect(await leftovers(sandbox)).toEqual(NOTHING);
});
