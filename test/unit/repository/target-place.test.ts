import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { copyTo, removeFrom } from '../../../src/repository/copy-tree.ts';
import { type HeldFolder, holdFolder } from '../../../src/repository/held-folder.ts';
import { makePrivateFolder } from '../../../src/repository/private-folder.ts';
import { findPlace } from '../../../src/repository/target-place.ts';

/** `parent` is where the clone goes, `clone` is finished, `victim` is a folder of the host. */
let root: string;
const at = (...names: string[]) => path.join(root, ...names);
let held: HeldFolder;

beforeEach(() => {
  root = realpathSync(mkdtempSync(path.join(os.tmpdir(), 'ezj-place-')));
  for (const name of ['parent', 'victim', 'clone/sub']) mkdirSync(at(name), { recursive: true });
  writeFileSync(at('clone/sub/file'), 'text', { mode: 0o750 });
  symlinkSync('sub/file', at('clone/link'));
  held = holdFolder(at('parent'));
});

afterEach(() => {
  held.close();
  rmSync(root, { recursive: true });
});

/** What a session does between two steps: replaces a folder by a link. */
function swap(name: string): void {
  renameSync(at(name), at('moved'));
  symlinkSync(at('victim'), at(name));
}

test('a clone moves to its place', async () => {
  const place = findPlace(at('parent/demo'));
  expect(place.isTaken()).toBe(false);
  await place.take(at('clone'));
  expect(place.folder).toBe(at('parent/demo'));
  expect(readFileSync(at('parent/demo/sub/file'), 'utf8')).toBe('text');
  expect(existsSync(at('clone'))).toBe(false);
  place.close();
});

test('a clone goes nowhere else when a link replaces the folder above', async () => {
  const place = findPlace(at('parent/demo'));
  swap('parent');
  await expect(place.take(at('clone'))).rejects.toMatchObject({ code: 'clone-failed' });
  expect(readdirSync(at('victim'))).toEqual([]);
  place.close();
});

test('what another program put there stays', async () => {
  const place = findPlace(at('parent/demo'));
  mkdirSync(at('parent/demo/mine'), { recursive: true });
  await expect(place.take(at('clone'))).rejects.toMatchObject({ code: 'folder-taken' });
  expect(readdirSync(at('parent/demo'))).toEqual(['mine']);
  place.close();
});

test('links lead to the folder above, and not to the place itself', () => {
  symlinkSync(at('parent'), at('other'));
  const place = findPlace(at('other/demo'));
  expect(place.folder).toBe(at('parent/demo'));
  place.close();
  symlinkSync(at('victim'), at('parent/demo'));
  expect(() => findPlace(at('other/demo'))).toThrow(expect.objectContaining({ code: 'folder-taken' }));
  expect(() => findPlace(at('none/demo'))).toThrow(expect.objectContaining({ code: 'project-missing' }));
});

test('a copy has files, modes and links', async () => {
  await copyTo(held, 'demo', at('clone'));
  expect(readFileSync(at('parent/demo/sub/file'), 'utf8')).toBe('text');
  expect(statSync(at('parent/demo/sub/file')).mode & 0o777).toBe(0o750);
  expect(readlinkSync(at('parent/demo/link'))).toBe('sub/file');
});

test('a copy goes nowhere else when a link replaces a folder meanwhile', async () => {
  swap('parent');
  await copyTo(held, 'demo', at('clone'));
  expect(existsSync(at('moved/demo/sub/file'))).toBe(true);
  rmSync(at('parent'));
  renameSync(at('moved'), at('parent'));
  await expect(copyTo(swapped(held, 'again'), 'again', at('clone'))).rejects.toMatchObject({ code: 'clone-failed' });
  symlinkSync(at('victim/file'), at('parent/file'));
  await expect(copyTo(held, 'file', at('clone/sub/file'))).rejects.toThrow(/EEXIST/);
  expect(readdirSync(at('victim'))).toEqual([]);
});

/** A folder where a session replaces what ezj made there a moment ago. */
function swapped(folder: HeldFolder, name: string): HeldFolder {
  const inside = (asked: string) => {
    if (asked === name && existsSync(at('parent', name))) swap(`parent/${name}`);
    return folder.inside(asked);
  };
  return { ...folder, inside };
}

test('a removal follows no link', () => {
  mkdirSync(at('parent/demo/deep'), { recursive: true });
  writeFileSync(at('victim/mine'), '');
  symlinkSync(at('victim'), at('parent/demo/deep/link'));
  removeFrom(held, 'demo');
  removeFrom(held, 'demo');
  expect(readdirSync(at('parent'))).toEqual([]);
  expect(readdirSync(at('victim'))).toEqual(['mine']);
});

test('git works in a folder of the user alone, and what a killed ezj left there goes', () => {
  const env = { EZJ_STATE_DIR: at('state') };
  const first = makePrivateFolder(env);
  expect(first.folder.startsWith(at('state/clones/'))).toBe(true);
  for (const folder of [at('state'), first.folder]) expect(statSync(folder).mode & 0o777).toBe(0o700);
  // No system has as many processes.
  mkdirSync(at('state/clones', `${os.hostname()}-4194999-abc`));
  mkdirSync(at('state/clones', 'another machine-1-abc'));
  const second = makePrivateFolder(env);
  expect(readdirSync(at('state/clones')).toSorted()).toEqual(
    [path.basename(first.folder), path.basename(second.folder), 'another machine-1-abc'].toSorted(),
  );
  first.remove();
  second.remove();
  expect(readdirSync(at('state/clones'))).toEqual(['another machine-1-abc']);
});

test.each([0o777, 0o770])('a state folder with mode %o is no place for git', (mode) => {
  mkdirSync(at('state'));
  chmodSync(at('state'), mode);
  expect(() => makePrivateFolder({ EZJ_STATE_DIR: at('state') })).toThrow(
    expect.objectContaining({ code: 'state-unwritable' }),
  );
});
