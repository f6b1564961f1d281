import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { InstalledReport, SaveReport } from '../../src/protocol/environment.ts';
import type { SessionAccess } from '../../src/protocol/session.ts';
import { LIGHT_SERVER } from '../environment/light-server.ts';
import { makeWheel, type PackageIndex, startIndex } from '../environment/package-index.ts';
import { createSandbox, type Sandbox } from '../environment/sandbox.ts';
import { buildImage } from './derived-image.ts';
import { inSession, runFailing, runJson } from './notebooks.ts';

interface World {
  sandbox: Sandbox;
  index: PackageIndex;
  /** An image of this world alone: what is built on it, no other run on the same engine has built before. */
  image: string;
  start: (...args: string[]) => Promise<SessionAccess>;
}

async function openWorld({ uid, base = LIGHT_SERVER.base }: { uid?: number; base?: string } = {}): Promise<World> {
  const [sandbox, index] = [await createSandbox({ uid }), await startIndex()];
  onTestFinished(async () => {
    await sandbox.cleanup();
    await index.close();
  });
  Object.assign(sandbox.env, { PIP_INDEX_URL: index.url, PIP_TRUSTED_HOST: index.host });
  const image = await buildImage(sandbox, { dockerfile: `FROM ${base}\n` });
  const settings = ['-e', `PIP_INDEX_URL=${index.url}`, '-e', `PIP_TRUSTED_HOST=${index.host}`];
  const start = (...args: string[]) => runJson<SessionAccess>(sandbox, ['-d', '--image', image, ...settings, ...args]);
  return { sandbox, index, image, start };
}

const write = ({ project }: Sandbox, name: string, text: string) => writeFile(path.join(project, name), text);
const read = ({ project }: Sandbox, name: string) => readFile(path.join(project, name), 'utf8');
const diff = (sandbox: Sandbox) => runJson<InstalledReport>(sandbox, ['env', 'diff']);

/** Installs by pip in the session, whose remarks do not matter. */
async function pip(sandbox: Sandbox, ...args: string[]): Promise<void> {
  const { exitCode, stdout, stderr } = await sandbox.run(['shell', '--', 'pip', 'install', ...args]);
  expect({ exitCode, said: exitCode === 0 ? '' : stdout + stderr }).toEqual({ exitCode: 0, said: '' });
}

const PROFILES = [LIGHT_SERVER.base, LIGHT_SERVER.stacks].flatMap((base) =>
  [0, 1000, 12345].map((uid) => ({
    base,
    uid,
    title: base === LIGHT_SERVER.base ? 'ezj’s own image' : 'stand-in-docker-stacks',
  })),
);

test.each(PROFILES)('what uid $uid installs in $title is there at once, after a stop, and in another image', async ({
  base,
  uid,
}) => {
  const { sandbox, index, start } = await openWorld({ uid, base });
  index.add(...makeWheel('ezj_by_shell', '1.0', 'ANSWER = 1'));
  index.add(...makeWheel('ezj_by_magic', '1.0', 'ANSWER = 2'));
  index.add(...makeWheel('ezj_by_cell', '1.0', 'ANSWER = 3'));
  index.add(...makeWheel('ezj_asked', '1.0', 'ANSWER = 4'));
  await start();
  // In the interpreter that runs already, as in a notebook's first cell.
  const cell = ['%pip install -q ezj-by-magic', '!pip install -q ezj-by-cell', 'import ezj_by_magic, ezj_by_cell'];
  const ran = await sandbox.run(['shell', '--', 'python3', '-m', 'IPython', '-c', cell.join('\n')]);
  // IPython warns of `!pip` as such.
  expect({ ...ran, stderr: ran.stderr.match(/^(?:WARNING|ERROR).*$/gm) }).toMatchObject({ exitCode: 0, stderr: null });
  await pip(sandbox, 'ezj-by-shell');
  const look = 'import ezj_by_shell as a, ezj_by_magic as b, ezj_by_cell as c; print(a.ANSWER, b.ANSWER, c.ANSWER)';
  expect(await inSession(sandbox, ['python3', '-c', look])).toBe('1 2 3');
  // What is installed in a virtual environment of the project's own is in that one.
  expect(await sandbox.run(['shell', '--', 'sh', '-c', inVenv({ ownPip: uid === 1000 })])).toMatchObject({
    exitCode: 0,
  });
  // Nothing of it lies where it would go with the container.
  expect(await runJson(sandbox, ['stop'])).toMatchObject([{ outside: [] }]);
  await start();
  expect(await inSession(sandbox, ['python3', '-c', look])).toBe('1 2 3');
  await runJson(sandbox, ['stop']);
  await write(sandbox, 'requirements.txt', 'ezj-asked\n');
  const { session } = await start();
  expect(session.image).toMatch(/^ezj\/env-project:/);
  expect(await inSession(sandbox, ['python3', '-c', `import ezj_asked; ${look}`])).toBe('1 2 3');
});

/** Installs in a virtual environment and imports there. One without a pip of its own takes a tenth of the time. */
function inVenv({ ownPip }: { ownPip: boolean }): string {
  const [make, pip] = ownPip
    ? ['python3 -m venv venv', 'venv/bin/pip']
    : ['python3 -m venv --without-pip venv', 'pip --python venv/bin/python'];
  return `${make} && ${pip} install -q ezj-asked && venv/bin/python -c "import ezj_asked" && rm -r venv`;
}

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
