import { symlink } from 'node:fs/promises';
import path from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { askNotebook, type MemoryWorld, openWorld } from '../../environment/memory-world.ts';

let world: MemoryWorld;
beforeEach(async () => {
  world = await openWorld();
});

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
  const project = await world.folder(folder);
  const { session, url } = await world.start({ project });
  expect(session).toMatchObject({ name, project });
  expect(await askNotebook(url)).toBe(200);
  expect(await world.list()).toMatchObject([{ name, project }]);
  // The first command of the session has written to the folder and read its owner.
  expect((await world.start({ project })).reused).toBe(true);
  await world.stop(name);
  expect((await world.resources()).containers).toEqual([]);
});

test('two folders with the same name have two sessions with two names', async () => {
  const folders = [await world.folder('a/same'), await world.folder('b/same')];
  const [one, other] = await Promise.all(folders.map((project) => world.start({ project })));
  expect([one?.session.name, other?.session.name].sort()).toEqual(['same', 'same-2']);
  expect(one?.session.port).not.toBe(other?.session.port);
  expect(one?.session.container).not.toBe(other?.session.container);
});

test('two kinds in one folder are two sessions', async () => {
  const python = await world.start();
  const r = await world.start({ kind: 'r' });
  expect(r.session).toMatchObject({ name: 'project-r', kind: 'r' });
  expect((await world.list()).map(({ container }) => container)).toEqual([
    python.session.container,
    r.session.container,
  ]);
});

test('a name that another session has is refused, and nothing is left', async () => {
  const named = await world.start({ name: 'mine' });
  expect(named.session.name).toBe('mine');
  const before = await world.resources();
  const other = await world.folder('other');
  await expect(world.start({ name: 'mine', project: other })).rejects.toMatchObject({
    code: 'name-taken',
    exitCode: 6,
    message: expect.stringContaining('mine'),
  });
  expect(await world.resources()).toEqual(before);
  expect(await world.start({ name: 'else' })).toMatchObject({
    reused: true,
    differences: ['--name else (it has mine)'],
  });
});

test('a name is given to one of two that ask for it at the same moment', async () => {
  const folders = [await world.folder('a'), await world.folder('b')];
  const starts = await Promise.allSettled(folders.map((project) => world.start({ name: 'mine', project })));
  expect(starts.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  expect(starts.find(({ status }) => status === 'rejected')).toMatchObject({ reason: { code: 'name-taken' } });
});

test('a mount whose folder was replaced by a link is refused, and the session that runs goes on', async () => {
  const source = await world.folder('data');
  const mounts = [{ source, target: '/data', readOnly: true }];
  const { session } = await world.start({ mounts });
  const link = path.join(world.home, 'link');
  await symlink(source, link);
  const project = await world.folder('second');
  await expect(
    world.start({ project, mounts: [{ source: link, target: '/data', readOnly: true }] }),
  ).rejects.toMatchObject({ code: 'mount-missing', message: `${link} is now a link to ${source}.` });
  expect(await world.list()).toMatchObject([{ container: session.container, state: 'running' }]);
});
