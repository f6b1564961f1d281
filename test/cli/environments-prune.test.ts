import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { ImageSummary, PruneReport } from '../../src/protocol/image.ts';
import type { SessionAccess } from '../../src/protocol/session.ts';
import { createSandbox, type Sandbox } from '../environment/sandbox.ts';
import { leftovers, listSessions, runFailing, runJson } from './notebooks.ts';
import { ask, openPackedWorld, type PackedWorld, useIndex } from './packed-world.ts';

async function build({ image }: PackedWorld, sandbox: Sandbox, requirements: string, folder = sandbox.project) {
  await ask({ ...sandbox, project: folder }, requirements);
  const run = await sandbox.run(['-d', '--yes', '--image', image, '--json', folder]);
  expect({ exitCode: run.exitCode, stderr: run.exitCode === 0 ? '' : run.stderr }).toEqual({ exitCode: 0, stderr: '' });
  const { session } = JSON.parse(run.stdout) as SessionAccess;
  return session.image;
}

const namesOf = ({ items }: PruneReport) => items.map(({ name }) => name);

test('prune takes an environment that its project has replaced, keeps the last one and every one that a session uses', async () => {
  const world = await openPackedWorld();
  const { sandbox } = world;
  const first = await build(world, sandbox, 'ezj-one\n');
  await runJson(sandbox, ['stop']);
  await ask(sandbox, 'ezj-two\n');
  const second = await build(world, sandbox, 'ezj-two\n');
  expect((await listSessions(sandbox)).map(({ image }) => image)).toEqual([second]);

  const images = await runJson<ImageSummary[]>(sandbox, ['images']);
  for (const reference of [first, second]) {
    const shown = images.find((image) => image.reference === reference);
    expect(shown).toMatchObject({ project: sandbox.project, origin: 'built' });
    expect(Date.now() - Date.parse(shown?.lastUsed ?? '')).toBeLessThan(120_000);
  }

  expect(await runJson<PruneReport>(sandbox, ['prune'])).toMatchObject({ items: [] });
  const found = await runJson<PruneReport>(sandbox, ['prune', '--older-than', '0h']);
  expect(found.items).toEqual([
    {
      type: 'image',
      name: first,
      bytes: found.bytes,
      project: sandbox.project,
      lastUsed: expect.any(String),
      why: expect.stringMatching(/^environment that .*project has replaced, last used \d{4}-\d\d-\d\d$/),
    },
  ]);
  // A wheel of one line, and what pip notes about it.
  expect(found.bytes).toBeGreaterThan(0);
  expect(found.bytes).toBeLessThan(5_000_000);
  expect((await sandbox.run(['prune', '--older-than', '0h'])).stderr).toContain(
    'Run ezj prune --older-than 0h --yes to remove them.',
  );
  await runJson(sandbox, ['prune', '--older-than', '0h', '--yes']);
  const left = (await runJson<ImageSummary[]>(sandbox, ['images'])).map(({ reference }) => reference);
  expect(left).toContain(second);
  expect(left).not.toContain(first);
  expect(Object.keys(JSON.parse(await readFile(recordsOf(sandbox), 'utf8')))).toEqual([second]);
});

/** The daemon's records lie beside its log, under the same ending. */
function recordsOf({ log }: Sandbox): string {
  return log.replace(/daemon([^/]*)\.log$/, 'environments$1.json');
}

test('prune takes the environments of a folder that is gone, with the steps below them, but none that another owner built or uses', async () => {
  const world = await openPackedWorld();
  const { sandbox, index } = world;
  const other = await createSandbox();
  onTestFinished(other.cleanup);
  useIndex(other, index);
  const folder = path.join(sandbox.project, 'same');
  const otherFolder = path.join(other.project, 'same');
  for (const each of [folder, otherFolder]) {
    await mkdir(each);
    await writeFile(path.join(each, 'postBuild'), '#!/bin/sh\necho built > /opt/built\n');
  }
  const shared = await build(world, sandbox, 'ezj-one\n', folder);
  expect(await build(world, other, 'ezj-one\n', otherFolder)).toBe(shared);
  await runJson(sandbox, ['stop', '--all']);
  await rm(folder, { recursive: true });

  // The other's session uses it.
  expect(namesOf(await runJson<PruneReport>(sandbox, ['prune', '--yes']))).toEqual([]);
  await runJson(other, ['stop', '--all']);
  await rm(otherFolder, { recursive: true });
  // It is not the other's to remove.
  expect(namesOf(await runJson<PruneReport>(other, ['prune', '--older-than', '0h', '--yes']))).toEqual([]);
  const gone = namesOf(await runJson<PruneReport>(sandbox, ['prune', '--yes']));
  expect(gone).toEqual([shared, expect.stringMatching(/^ezj\/layer:/)]);
  // The image that it was built on.
  expect((await leftovers(sandbox)).images).toHaveLength(1);
});

test('prune leaves package caches alone until it is asked for them', async () => {
  const world = await openPackedWorld();
  const { sandbox } = world;
  await build(world, sandbox, 'ezj-one\n');
  await runJson(sandbox, ['stop']);
  const caches = ['pip', 'uv'].map((name) =>
    expect.stringMatching(new RegExp(`^ezj-cache-${sandbox.owner}-${name}-[0-9a-f]{12}$`)),
  );
  await runJson<PruneReport>(sandbox, ['prune', '--volumes', '--older-than', '0h', '--yes']);
  expect((await leftovers(sandbox)).volumes).toEqual(caches);
  const { items } = await runJson<PruneReport>(sandbox, ['prune', '--caches', '--yes']);
  expect(items).toEqual(
    expect.arrayContaining(
      caches.map((name) => expect.objectContaining({ type: 'volume', name, bytes: expect.any(Number) })),
    ),
  );
  expect(items).toHaveLength(caches.length);
  expect((await leftovers(sandbox)).volumes).toEqual([]);
});

test('prune --older-than says what it takes', async () => {
  const sandbox = await createSandbox();
  onTestFinished(sandbox.cleanup);
  expect(await runFailing(sandbox, ['prune', '--older-than', 'week'])).toMatchObject({
    exitCode: 2,
    message: '--older-than "week" is not accepted: hours, days or weeks, such as 12h, 7d or 2w',
  });
});
