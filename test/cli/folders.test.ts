import { mkdir, symlink } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { SessionAccess } from '../../src/protocol/session.ts';
import { createSandbox, type Sandbox } from '../environment/sandbox.ts';
import { NOTEBOOK_IMAGE } from '../environment/stand-in-notebook.ts';
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

const ODD_NAMES = [
  { folder: 'two words', name: 'two-words' },
  { folder: 'C:colon:ro', name: 'c-colon-ro' },
  { folder: `it's "quoted" $HOME \`x\``, name: 'it-s-quoted-home-x' },
  { folder: 'Zażółć ☕ 日本', name: 'zazo-c' },
  { folder: 'line\nbreak', name: 'line-break' },
  { folder: '-rf,a=b;{c}*', name: 'rf-a-b-c' },
  { folder: '日本語', name: 'notebook' },
];

test.each(ODD_NAMES)('a folder named $folder has a session of its own', async ({ folder, name }) => {
  const project = path.join(sandbox.home, folder);
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

test('two folders with the same name have two sessions with two names', async () => {
  const [one, other] = await Promise.all(
    ['a', 'b'].map(async (parent) => {
      const project = path.join(sandbox.home, parent, 'same');
      await mkdir(project, { recursive: true });
      return startNotebook(sandbox, [project]);
    }),
  );
  expect([one?.session.name, other?.session.name].sort()).toEqual(['same', 'same-2']);
  expect(one?.session.port).not.toBe(other?.session.port);
  expect(await runJson<object[]>(sandbox, ['stop', '--all'])).toHaveLength(2);
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

test('a name that another session has is refused, and nothing is left', async () => {
  const named = await startNotebook(sandbox, ['--name', 'mine']);
  expect(named.session.name).toBe('mine');
  const before = await leftovers(sandbox);
  const other = path.join(sandbox.home, 'other');
  await mkdir(other);
  const failure = await runFailing(sandbox, ['-d', '--image', NOTEBOOK_IMAGE, '--name', 'mine', other]);
  expect(failure).toMatchObject({ exitCode: 6, code: 'name-taken' });
  expect(failure.message).toContain('mine');
  expect(await leftovers(sandbox)).toEqual(before);
  const same = await runJson<SessionAccess>(sandbox, ['-d', '--name', 'else', '--image', named.session.image]);
  expect(same).toMatchObject({ reused: true, differences: ['--name else (it has mine)'] });
  await sandbox.run(['stop', 'mine']);
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
