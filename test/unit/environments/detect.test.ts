import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { chooseBuild } from '../../../src/environments/dockerfile/choose-build.ts';
import { detect } from '../../../src/environments/files/detect.ts';
import { kindOf, planEnvironment } from '../../../src/environments/plan.ts';
import { codeOf } from '../../../src/environments/project-code.ts';

let project: string;
beforeEach(async () => {
  project = await mkdtemp(path.join(tmpdir(), 'ezj-detect-'));
});
afterEach(() => rm(project, { recursive: true, force: true }));

async function write(files: Record<string, string>): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(project, name)), { recursive: true });
    await writeFile(path.join(project, name), content);
  }
}

const found = async () => Object.values((await detect(project)).files).map((file) => file?.path);

const plan = async (kind: string) => planEnvironment(await detect(project), kind);

test('a folder that says nothing has no environment', async () => {
  await write({ 'notes.md': '', 'data/requirements.txt': 'six' });
  expect(await found()).toEqual([]);
  expect((await plan('python')).steps).toEqual([]);
});

test.each(['binder', '.binder'])('where there is %s/, only what is in it counts', async (folder) => {
  await write({ 'requirements.txt': 'six', [`${folder}/apt.txt`]: 'jq' });
  expect(await found()).toEqual([`${folder}/apt.txt`]);
});

test('both binder/ and .binder/ is an error that says so', async () => {
  await write({ 'binder/apt.txt': '', '.binder/apt.txt': '' });
  await expect(detect(project)).rejects.toMatchObject({
    code: 'environment-invalid',
    message: expect.stringContaining('both binder/ and .binder/'),
  });
});

test('a link that leads out of the folder is an error, one within is followed', async () => {
  await write({ 'lists/all.txt': 'six' });
  await symlink('lists/all.txt', path.join(project, 'requirements.txt'));
  expect((await detect(project)).files['requirements.txt']?.content.toString()).toBe('six');
  await symlink('/etc/passwd', path.join(project, 'apt.txt'));
  await expect(detect(project)).rejects.toThrow('apt.txt: it is a link that leads out of the folder, to /etc/passwd');
});

test('a folder of a file’s name is not that file, nor is a link to one', async () => {
  await write({ 'start/main.py': '', 'postBuild/x': '', 'apt.txt/x': '', '.devcontainer/devcontainer.json/x': '' });
  await symlink('start', path.join(project, 'DESCRIPTION'));
  expect(await detect(project)).toMatchObject({ files: {}, devcontainer: undefined });
});

test('a DESCRIPTION that is not of an R package is shown, and means nothing', async () => {
  await write({ DESCRIPTION: 'A study of penguins.\nImports: none', 'requirements.txt': 'six' });
  expect(kindOf(await detect(project))).toBeUndefined();
  const { steps, decisions } = await plan('r');
  expect(steps.filter(({ from }) => from === 'DESCRIPTION')).toEqual([]);
  expect(decisions).toContainEqual({
    file: 'DESCRIPTION',
    used: false,
    why: expect.stringContaining('no field Package'),
  });
});

test('a script with the line ends of Windows gets those that its first line needs', async () => {
  await write({ postBuild: '#!/bin/sh\r\necho é\r\n', start: '#!/bin/bash\r\nexec "$@"\r\n' });
  const { steps } = await plan('python');
  expect(steps.flatMap(({ files }) => files.map(({ content }) => content.toString()))).toEqual([
    '#!/bin/sh\necho é\n',
    '#!/bin/bash\nexec "$@"\n',
  ]);
});

test('the project’s own code gets no cache in which other projects would find what it left', async () => {
  await write({ postBuild: '#!/bin/sh\n', start: '#!/bin/sh\n', 'install.R': '' });
  expect((await plan('r')).steps.map(({ caches }) => caches)).toEqual([[], [], []]);
});

test('a link that leads nowhere, and a folder that is a link outwards are errors', async () => {
  await symlink('nowhere', path.join(project, 'apt.txt'));
  await expect(detect(project)).rejects.toThrow('it is a broken link');
  await rm(path.join(project, 'apt.txt'));
  const elsewhere = await mkdtemp(path.join(tmpdir(), 'ezj-elsewhere-'));
  await writeFile(path.join(elsewhere, 'apt.txt'), 'jq');
  await symlink(elsewhere, path.join(project, 'binder'));
  await expect(detect(project)).rejects.toThrow('leads out of the folder');
  await rm(elsewhere, { recursive: true });
});

test('files that ask for nothing lead to no step, and say so', async () => {
  await write({ 'requirements.txt': '# none yet\n', 'apt.txt': '\n' });
  expect(await plan('python')).toEqual({
    steps: [],
    code: [],
    notes: [],
    decisions: [
      { file: 'apt.txt', used: false, why: '0 Debian packages' },
      { file: 'requirements.txt', used: false, why: '0 requirements' },
    ],
  });
});

test.each([
  [{ 'renv.lock': '{"Packages":{}}' }, 'renv.lock'],
  [{ DESCRIPTION: 'Package: mine\nImports: ggplot2' }, 'DESCRIPTION'],
  [{ 'install.R': '' }, 'install.R'],
  [{ 'mine.Rproj': '' }, 'mine.Rproj'],
  [{ 'binder/runtime.txt': 'r-2024-01-15' }, 'binder/runtime.txt'],
])('%o means R', async (files, because) => {
  await write(files as unknown as Record<string, string>);
  expect(kindOf(await detect(project))).toEqual({ kind: 'r', because });
});

test('requirements leave the kind open', async () => {
  await write({ 'requirements.txt': 'six', 'runtime.txt': 'python-3.11' });
  expect(kindOf(await detect(project))).toBeUndefined();
});

test('R’s files count for R only, and the lock before DESCRIPTION', async () => {
  await write({
    'renv.lock': '{"Packages":{"a":{},"b":{}}}',
    DESCRIPTION: 'Imports: a',
    'install.R': '1',
    'runtime.txt': 'r-4.3-2024-01-15',
  });
  const { decisions, notes, steps } = await plan('r');
  expect(decisions).toEqual([
    { file: 'runtime.txt', used: true, why: 'packages from CRAN as of 2024-01-15' },
    { file: 'renv.lock', used: true, why: '2 locked packages' },
    { file: 'DESCRIPTION', used: false, why: 'renv.lock has the exact versions' },
    { file: 'install.R', used: true, why: 'runs while the image is built' },
  ]);
  expect(notes).toEqual([
    'runtime.txt: R 4.3 is not installed: the image has its own version; to change it, use --image REF',
  ]);
  expect(steps.map(({ from }) => from)).toEqual(['renv.lock', 'install.R']);
  expect(steps[0]?.files[0]?.content.toString()).toContain('date <- "2024-01-15"');
  expect((await plan('python')).steps).toEqual([]);
});

test('a Dockerfile at the root is not built unless it is named: the line to add is said', async () => {
  await write({ Dockerfile: 'FROM x', 'requirements.txt': 'six' });
  const { decisions, build, steps } = await plan('python');
  expect(decisions).toMatchObject([
    { file: 'requirements.txt', used: true },
    { file: 'Dockerfile', used: false, why: expect.stringContaining('`dockerfile: Dockerfile`') },
  ]);
  expect([build, steps.length]).toEqual([undefined, 1]);
});

test('where a Dockerfile makes the image, it alone counts, and the others are said not to', async () => {
  await write({ 'binder/Dockerfile': 'FROM x', 'binder/requirements.txt': 'six', 'binder/postBuild': '' });
  const detection = await detect(project);
  const build = await chooseBuild(detection, {});
  const { steps, decisions } = await planEnvironment(detection, 'python', { build });
  expect(steps).toEqual([]);
  expect(decisions).toMatchObject([
    { file: 'binder/Dockerfile', used: true },
    {
      file: 'binder/requirements.txt',
      used: false,
      why: expect.stringContaining('only binder/Dockerfile counts, because it makes the image'),
    },
    { file: 'binder/postBuild', used: false },
  ]);
  expect(codeOf(detection, { build }).map(({ what }) => what)).toEqual([expect.stringContaining('binder/Dockerfile')]);
});

test('devcontainer.json lies in its folder or at the root; binder/ comes before it', async () => {
  await write({ '.devcontainer.json': '{}' });
  expect((await detect(project)).devcontainer?.path).toBe('.devcontainer.json');
  await write({ '.devcontainer/devcontainer.json': '{}', 'binder/apt.txt': '' });
  expect((await detect(project)).devcontainer?.path).toBe('.devcontainer/devcontainer.json');
  expect((await plan('python')).decisions).toContainEqual({
    file: '.devcontainer/devcontainer.json',
    used: false,
    why: 'binder/ comes before it',
  });
});

test('requirements that environment.yml includes count, from the folder that it lies in', async () => {
  const environment = 'dependencies:\n  - numpy\n  - pip:\n    - -r requirements.txt\n';
  await write({ 'binder/environment.yml': environment, 'binder/requirements.txt': 'six\nfive\n' });
  const { decisions, steps } = await plan('python');
  expect(decisions).toEqual([
    { file: 'binder/environment.yml', used: true, why: '1 conda package, 2 requirements' },
    { file: 'binder/requirements.txt', used: true, why: 'environment.yml includes it' },
  ]);
  expect(steps[1]?.files.map(({ content }) => content.toString())).toEqual(['-r requirements.txt\n', 'six\nfive\n']);
});
