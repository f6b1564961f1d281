import { mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import type { SaveReport } from '../../src/protocol/environment.ts';
import { LIGHT_SERVER } from '../environment/light-server.ts';
import { makeWheel } from '../environment/package-index.ts';
import { diff, openWorld, pip, read, write } from './installed-world.ts';
import { inSession, runFailing, runJson } from './notebooks.ts';

test('what is installed beyond the files is shown with its version, saved in place, built in, and not shown again', async () => {
  const { sandbox, index, start } = await openWorld();
  index.add(...makeWheel('ezj_pinned', '1.0', 'ANSWER = 1'));
  index.add(...makeWheel('ezj_pinned', '2.0', 'ANSWER = 2'));
  index.add(...makeWheel('ezj_new', '1.0', 'ANSWER = 3', ['ezj-along>=1']));
  index.add(...makeWheel('ezj_along', '1.0', ''));
  index.add(...makeWheel('ezj_any', '1.0', ''));
  index.add(...makeWheel('ezj_outside', '1.0', ''));
  const before = '# what we need\r\nezj-any\r\nEzj.Pinned == 1.0  # for the plots\r\n';
  await write(sandbox, 'requirements.txt', before);
  await start();
  expect(await diff(sandbox)).toMatchObject({
    manifests: { python: 'requirements.txt' },
    packages: [],
    incompatible: [],
  });
  expect((await sandbox.run(['env', 'diff'])).stderr).toMatch(/^Nothing is installed in project beyond/);
  expect((await sandbox.run(['env', 'save'])).stderr).toBe('There is nothing to write.\n');

  await pip(sandbox, 'ezj-new', 'ezj-pinned==2.0', 'ezj-any');
  const outside = ['sh', '-c', 'PIP_USER=0 pip install ezj-outside'];
  expect((await sandbox.run(['shell', '--', ...outside])).exitCode).toBe(0);
  const report = await diff(sandbox);
  const sorted = report.packages.sort((a, b) => a.name.localeCompare(b.name));
  expect(sorted).toEqual([
    { language: 'python', name: 'ezj_new', version: '1.0', where: 'home', requirement: 'ezj_new==1.0' },
    { language: 'python', name: 'ezj_outside', version: '1.0', where: 'container', requirement: 'ezj_outside==1.0' },
    {
      language: 'python',
      name: 'ezj_pinned',
      version: '2.0',
      where: 'home',
      asked: '==1.0',
      image: '1.0',
      requirement: 'ezj_pinned==2.0',
    },
  ]);
  expect(report.dependencies).toMatchObject([{ name: 'ezj_along', version: '1.0' }]);
  const { stdout } = await sandbox.run(['env', 'diff', 'project']);
  expect(stdout).toMatch(/^PACKAGE +VERSION +REMARK$/m);
  expect(stdout).toMatch(/^ezj_new +1\.0 +not in requirements\.txt$/m);
  expect(stdout).toMatch(/^ezj_pinned +2\.0 +requirements\.txt asks for ==1\.0; hides 1\.0 of the image$/m);
  expect(stdout).toMatch(/^ezj_outside +1\.0 +not in requirements\.txt; goes with the container$/m);

  const dry = await sandbox.run(['env', 'save', '--dry-run']);
  expect(dry.stdout).toMatch(
    /^--- requirements\.txt\n\+\+\+ requirements\.txt\n@@ -3 \+3,3 @@\n-Ezj\.Pinned == 1\.0 {2}# for the plots\n\+Ezj\.Pinned==2\.0 {2}# for the plots\n/,
  );
  expect(await read(sandbox, 'requirements.txt')).toBe(before);
  const saved = await sandbox.run(['env', 'save']);
  expect(saved.stderr).toMatch(/^Wrote .*ezj_new.* to requirements\.txt\. The next start builds it into the image\.$/m);
  const after = await read(sandbox, 'requirements.txt');
  expect(after.split('\r\n').slice(0, 3)).toEqual(['# what we need', 'ezj-any', 'Ezj.Pinned==2.0  # for the plots']);
  expect(after.split('\r\n').slice(3).sort()).toEqual(['', 'ezj_new==1.0', 'ezj_outside==1.0']);
  expect(await readdir(sandbox.project)).toEqual(['requirements.txt']);
  expect(await diff(sandbox)).toMatchObject({ packages: [] });

  await runJson(sandbox, ['stop', '--discard']);
  await start();
  expect(
    await inSession(sandbox, ['python3', '-c', 'import ezj_new, ezj_outside, ezj_pinned; print(ezj_pinned.ANSWER)']),
  ).toBe('2');
  expect(await diff(sandbox)).toMatchObject({ packages: [] });
});

test.each([
  ['pyproject.toml', '[project]\nname = "mine"\nversion = "1"\ndependencies = ["ezj-any"] # all\n'],
  ['Pipfile', '[packages]\nezj-any = "*" # any\n'],
])('what is saved into %s is built in, and not shown again', async (name, before) => {
  const { sandbox, index, start } = await openWorld();
  for (const version of ['1.0', '2.0']) index.add(...makeWheel('ezj_any', version, `ANSWER = ${version}`));
  index.add(...makeWheel('ezj_new', '1.0', ''));
  await write(sandbox, name, before);
  await start();
  await pip(sandbox, 'ezj-any==1.0', 'ezj-new');
  expect((await diff(sandbox)).packages.map((each) => each.name).sort()).toEqual(['ezj_any', 'ezj_new']);
  await runJson(sandbox, ['env', 'save']);
  expect(await read(sandbox, name)).toMatch(/# a(?:ll|ny)$/m);
  await runJson(sandbox, ['stop']);
  const { session } = await start();
  const own = ['sh', '-c', 'cd / && python3 -s -c "import ezj_new, ezj_any; print(ezj_any.ANSWER)"'];
  expect(await inSession(sandbox, own)).toBe('1.0');
  expect(session.image).toMatch(/^ezj\/env-project:/);
  expect(await diff(sandbox)).toMatchObject({ packages: [] });
});

test('without a file a new one is made, which belongs to the user; what cannot be named is left out, and said', async () => {
  const { sandbox, index, start } = await openWorld({ uid: 12345 });
  index.add(...makeWheel('ezj_new', '1.0', ''));
  const [wheel, content] = makeWheel('ezj_local', '1.0', '');
  await writeFile(path.join(sandbox.project, wheel), content);
  expect(await runFailing(sandbox, ['env', 'save'])).toMatchObject({ code: 'session-not-found', exitCode: 3 });
  // A folder that is named as the command is one of a project nevertheless.
  const folder = path.join(sandbox.home, 'diff');
  await mkdir(folder);
  expect((await sandbox.run(['env', './diff'], { cwd: sandbox.home })).stderr).toContain(`Nothing in ${folder} says`);
  await start();
  await pip(sandbox, 'ezj-new', `./${wheel}`);
  const report = await runJson<SaveReport>(sandbox, ['env', 'save', '--dry-run']);
  expect(report).toMatchObject({
    dryRun: true,
    files: [{ file: 'requirements.txt', created: true, packages: ['ezj_new'] }],
    notes: [expect.stringMatching(/^ezj_local is left out: it was installed from file:/)],
  });
  expect(await readdir(sandbox.project)).toEqual([wheel]);
  await runJson(sandbox, ['env', 'save']);
  expect(await read(sandbox, 'requirements.txt')).toBe('ezj_new==1.0\n');
  expect(await stat(path.join(sandbox.project, 'requirements.txt'))).toMatchObject({ uid: 12345, mode: 0o100644 });
  await runJson(sandbox, ['stop']);
  expect(await runFailing(sandbox, ['env', 'diff'])).toMatchObject({ code: 'session-not-found', exitCode: 3 });
});

test('packages of another version of Python are set aside with a message, once, and `env diff` tells how to have them again', async () => {
  const { sandbox, index, start } = await openWorld();
  index.add(...makeWheel('ezj_old', '1.0', 'ANSWER = 1', ['ezj-along']));
  index.add(...makeWheel('ezj_along', '1.0', ''));
  await start();
  await pip(sandbox, 'ezj-old');
  // As if an image with an older Python had done it.
  const age = 'cd ~/.local/lib && mv python3.* python3.9 && echo "Python 3.9, R " > ~/.local/share/ezj/interpreters';
  await inSession(sandbox, ['sh', '-c', age]);
  await runJson(sandbox, ['stop']);
  const settings = ['-d', '--image', LIGHT_SERVER.base];
  const first = await sandbox.run(settings);
  expect(first.stderr).toMatch(
    /Python is 3\.\d+ here: 1 package that you installed with 3\.9 is set aside \(ezj_old\); `ezj env diff project` shows how to get it back/,
  );
  const missing = ['sh', '-c', 'python3 -c "import ezj_old" 2>&1 | tail -1'];
  expect(await inSession(sandbox, missing)).toMatch(/ModuleNotFoundError/);
  expect(await diff(sandbox)).toMatchObject({
    packages: [],
    incompatible: [{ language: 'python', version: '3.9', packages: ['ezj_old'] }],
  });
  expect((await sandbox.run(['env', 'diff'])).stderr).toContain(
    'To have them here: ezj shell project -- pip install ezj_old\n',
  );
  await runJson(sandbox, ['stop']);
  expect((await sandbox.run(settings)).stderr).not.toContain('set aside');
  expect(await inSession(sandbox, ['sh', '-c', 'ls ~/.local/lib'])).toContain('python3.9');
});
