import {
  chmod,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  realpath,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { detect } from '../../../src/environments/files/detect.ts';
import { saveInstalled } from '../../../src/installed/save.ts';
import { writeInPlace } from '../../../src/installed/write-in-place.ts';
import type { InstalledPackage } from '../../../src/protocol/environment.ts';

const ONE: InstalledPackage = {
  language: 'python',
  name: 'one',
  version: '1.0',
  where: 'home',
  requirement: 'one==1.0',
};
const IN_R: InstalledPackage = { ...ONE, language: 'r', name: 'inr', requirement: 'inr' };

async function makeProject(files: Record<string, string | Buffer>): Promise<string> {
  const project = await realpath(await mkdtemp(path.join(tmpdir(), 'ezj-save-')));
  onTestFinished(() => rm(project, { recursive: true }));
  for (const [name, content] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(project, name)), { recursive: true });
    await writeFile(path.join(project, name), content);
  }
  return project;
}

async function save(project: string, packages: InstalledPackage[], { dryRun = false } = {}) {
  const installed = { project, manifests: {}, packages, dependencies: [], incompatible: [], rVersion: '4.5.0' };
  return saveInstalled(await detect(project), installed, { dryRun });
}

test.each([
  [{ 'uv.lock': '[[package]]\nname = "x"\nversion = "1"\n' }, 'uv.lock', 'uv add one==1.0'],
  [{ 'Pipfile.lock': '{"default": {}}', Pipfile: '[packages]\n' }, 'Pipfile.lock', 'pipenv install one==1.0'],
  [
    { 'pylock.toml': 'packages = []\n' },
    'pylock.toml',
    expect.stringContaining('add one==1.0 to the file that it was made from'),
  ],
  [{ 'pyproject.toml': '[tool.poetry]\nname = "x"\n' }, 'pyproject.toml', 'add "one==1.0" to its requirements'],
  [{ 'requirements.txt': 'a==1 --hash=sha256:00\n' }, 'requirements.txt', expect.any(String)],
  [{ 'requirements.txt': Buffer.from('# caf\xe9\n', 'latin1') }, 'requirements.txt', 'save it as UTF-8'],
])('a file that another tool has to write is left, with what to type: %o', async (files, named, hint) => {
  const project = await makeProject({ ...files, 'renv.lock': '{"Packages": {}}' });
  const failing = save(project, [ONE, IN_R]);
  await expect(failing).rejects.toMatchObject({ exitCode: 2, message: expect.stringContaining(named), hint });
  // Nor is the other language's written.
  expect(await readFile(path.join(project, 'renv.lock'), 'utf8')).toBe('{"Packages": {}}');
  for (const [name, content] of Object.entries(files))
    expect(await readFile(path.join(project, name))).toEqual(Buffer.from(content as string));
});

test('each language is written to its own file, in the folder that counts', async () => {
  const project = await makeProject({ 'binder/postBuild': '', 'requirements.txt': 'other\n' });
  const { files } = await save(project, [ONE, IN_R]);
  expect(files).toMatchObject([
    { file: 'binder/requirements.txt', created: true, packages: ['one'] },
    { file: 'binder/renv.lock', created: true, packages: ['inr'] },
  ]);
  expect(await readFile(path.join(project, 'binder/requirements.txt'), 'utf8')).toBe('one==1.0\n');
  expect((await readdir(path.join(project, 'binder'))).sort()).toEqual(['postBuild', 'renv.lock', 'requirements.txt']);
});

test('mode, byte order mark and UTF-16 stay; a dry run writes nothing', async () => {
  const project = await makeProject({ 'requirements.txt': Buffer.from('\ufeffa\r\n', 'utf16le') });
  const file = path.join(project, 'requirements.txt');
  const before = await readFile(file);
  const { files } = await save(project, [ONE], { dryRun: true });
  expect(files[0]?.diff).toBe('--- requirements.txt\n+++ requirements.txt\n@@ -1,0 +2 @@\n+one==1.0');
  expect(await readFile(file)).toEqual(before);
  await chmod(file, 0o640);
  await save(project, [ONE]);
  expect((await readFile(file)).toString('utf16le')).toBe('\ufeffa\r\none==1.0\r\n');
  expect((await stat(file)).mode & 0o7777).toBe(0o640);
});

test('a link within the folder stays one; through one that leads out nothing is written', async () => {
  const project = await makeProject({ 'lists/all.txt': 'a\n' });
  const outside = await makeProject({ 'requirements.txt': 'a\n' });
  await symlink('lists/all.txt', path.join(project, 'requirements.txt'));
  await save(project, [ONE]);
  expect((await lstat(path.join(project, 'requirements.txt'))).isSymbolicLink()).toBe(true);
  expect(await readFile(path.join(project, 'lists/all.txt'), 'utf8')).toBe('a\none==1.0\n');

  await rm(path.join(project, 'requirements.txt'));
  await symlink(path.join(outside, 'requirements.txt'), path.join(project, 'requirements.txt'));
  await expect(save(project, [ONE])).rejects.toMatchObject({ code: 'environment-invalid' });
  // One that was put there after the file was read is not followed either.
  const writing = writeInPlace(project, 'requirements.txt', { read: Buffer.from('a\n'), content: Buffer.from('x') });
  await expect(writing).rejects.toMatchObject({ code: 'not-writable' });
  expect(await readFile(path.join(outside, 'requirements.txt'), 'utf8')).toBe('a\n');
  expect(await readdir(outside)).toEqual(['requirements.txt']);
});

test('what somebody has saved since the file was read is not overwritten', async () => {
  const project = await makeProject({ 'requirements.txt': 'a\n' });
  const installed = { project, manifests: {}, packages: [ONE], dependencies: [], incompatible: [], rVersion: '4.5.0' };
  const detection = await detect(project);
  await writeFile(path.join(project, 'requirements.txt'), 'a\nb\n');
  await expect(saveInstalled(detection, installed, { dryRun: false })).rejects.toMatchObject({ code: 'not-writable' });
  expect(await readFile(path.join(project, 'requirements.txt'), 'utf8')).toBe('a\nb\n');
  const nothing = { project, folder: '' as const, files: {} };
  await expect(saveInstalled(nothing, installed, { dryRun: false })).rejects.toMatchObject({ code: 'not-writable' });
  expect(await readdir(project)).toEqual(['requirements.txt']);
});

test('a package that no manifest can name is left out, and said', async () => {
  const project = await makeProject({});
  const local: InstalledPackage = { ...ONE, requirement: undefined, source: 'file:///work/x' };
  expect(await save(project, [local])).toEqual({
    files: [],
    notes: ['one is left out: it was installed from file:///work/x, which other machines do not have'],
  });
  expect(await readdir(project)).toEqual([]);
});
