import { appendFile, chmod, mkdir, mkdtemp, realpath, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { readContext } from '../../../src/environments/dockerfile/context-files.ts';
import { type DockerfileBuild, readNeeds } from '../../../src/environments/dockerfile/read-dockerfile.ts';
import { sentFiles } from '../../../src/environments/dockerfile/sent-files.ts';
import { swapForLinks } from '../../environment/swapper.ts';

let root: string;
beforeEach(async () => {
  root = await realpath(await mkdtemp(path.join(tmpdir(), 'ezj-context-')));
  vi.stubEnv('EZJ_STATE_DIR', path.join(root, 'state'));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(root, { recursive: true });
});

function dockerfile(lines: string | string[], more: Partial<DockerfileBuild> = {}): Omit<DockerfileBuild, 'needs'> {
  const content = Buffer.from([lines].flat().join('\n'));
  return { file: { path: 'binder/Dockerfile', content }, context: '', args: {}, ...more };
}

async function write(folder: string, files: Record<string, string>): Promise<string> {
  const project = path.join(root, folder);
  await mkdir(project, { recursive: true });
  for (const [name, content] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(project, name)), { recursive: true });
    await writeFile(path.join(project, name), content);
  }
  return project;
}

const seen = async (project: string, build: Omit<DockerfileBuild, 'needs'>) =>
  readContext(project, { ...build, needs: await readNeeds(build) });

const copying = (lines: string | string[]) => dockerfile(['FROM x', ...[lines].flat()]);

describe('what a Dockerfile needs', () => {
  test('images that it stands on and copies from, without its own stages, with the values of its arguments', async () => {
    const build = dockerfile(
      [
        'ARG TAG=1',
        'ARG OTHER',
        'FROM --platform=linux/amd64 debian:${TAG} AS Tools',
        'FROM tools',
        'from scratch',
        'FROM me/it:${OTHER}',
        'FROM me/it:${NONE:-2}',
        'COPY --from=0 /a /a',
        'COPY --from=tools /a /a',
        'COPY --chown=1:1 --from=ghcr.io/uv:3 /uv /bin/',
      ],
      { args: { OTHER: 'given' } },
    );
    expect((await readNeeds(build)).images).toEqual(['debian:1', 'me/it:given', 'me/it:2', 'ghcr.io/uv:3']);
  });

  test('what COPY and ADD name, in every form', async () => {
    const { sources } = await readNeeds(
      copying([
        'copy a.txt \\',
        '# between',
        '  "b.txt" /to/',
        'COPY ["d e.txt", "--evil", "/to/"]',
        'ADD --chown=1:1 *.csv /to/',
        'ADD https://example.org/f /to/',
        'COPY <<EOF /to/g',
        'written here',
        'EOF',
        'RUN cp h /to',
      ]),
    );
    expect(sources).toEqual(['a.txt', 'b.txt', 'd e.txt', '--evil', '*.csv']);
  });

  test('a source that holds a variable can be anything', async () => {
    expect((await readNeeds(copying('COPY $WHAT /to/'))).sources).toEqual(['.']);
  });

  test('nothing of the stages after the one that is wanted', async () => {
    const lines = ['FROM a AS one', 'COPY x /', 'FROM b', 'COPY y /'];
    const wanted = await readNeeds(dockerfile(lines, { target: 'One' }));
    expect(wanted).toMatchObject({ images: ['a'], sources: ['x'] });
    await expect(readNeeds(dockerfile(lines, { target: 'three' }))).rejects.toThrow(
      'binder/Dockerfile: it has no stage "three"',
    );
  });

  test('without FROM it is an error, and so is one that is too big to be read', async () => {
    await expect(readNeeds(dockerfile(''))).rejects.toThrow('binder/Dockerfile: it has no FROM');
    await expect(readNeeds(dockerfile('x'.repeat(200_000)))).rejects.toThrow('the limit is 131072');
  });
});

/** What a build gets: the content of each file of its context, as far as it is sent. */
async function sent(project: string, build: Omit<DockerfileBuild, 'needs'>): Promise<Record<string, string>> {
  const needs = await readNeeds(build);
  const context = await readContext(project, { ...build, needs });
  const { context: entries } = sentFiles({ ...build, needs, seen: context });
  const files: Record<string, string> = {};
  for (const entry of entries) if (entry.kind === 'file') files[entry.path] = await text(entry.open());
  return files;
}

describe('the files that a build gets', () => {
  const build = copying('COPY data/a data/b /to/');

  test('are what was hashed, up to the size that was hashed', async () => {
    const project = await write('p', { 'data/a': 'one', 'data/b': '' });
    expect(await sent(project, build)).toEqual({ 'data/a': 'one', 'data/b': '' });
    const needs = await readNeeds(build);
    const seenBefore = await readContext(project, { ...build, needs });
    const [a] = sentFiles({ ...build, needs, seen: seenBefore }).context;
    if (a?.kind !== 'file') throw new Error('no file');
    await appendFile(path.join(project, 'data/a'), ' and more');
    expect(await text(a.open())).toBe('one');
    await writeFile(path.join(project, 'data/a'), 'two');
    await expect(text(a.open())).rejects.toMatchObject({
      code: 'build-failed',
      message: 'data/a changed while it was sent to the engine: its content is another.',
    });
    await rm(path.join(project, 'data/a'));
    await expect(text(a.open())).rejects.toThrow('it is gone');
  });

  test('a file that changed is never sent to its end', async () => {
    const project = await write('p', { 'data/a': 'x'.repeat(200_000), 'data/b': '' });
    const needs = await readNeeds(build);
    const [a] = sentFiles({ ...build, needs, seen: await readContext(project, { ...build, needs }) }).context;
    await write('p', { 'data/a': 'y'.repeat(200_000) });
    let bytes = 0;
    const reading = async () => {
      for await (const chunk of a?.kind === 'file' ? a.open() : []) bytes += chunk.length;
    };
    await expect(reading()).rejects.toThrow('changed while it was sent');
    expect(bytes).toBeLessThan(200_000);
  });

  test('whatever is swapped for a link meanwhile, they are files of the project', async () => {
    const project = await write('p', { 'data/a': 'mine', 'data/b': 'mine' });
    const outside = await write('outside', { a: 'SECRET', b: 'SECRET' });
    await symlink(outside, path.join(project, 'data-link'));
    const end = await swapForLinks([path.join(project, 'data')]);
    const seenContents = new Set<string>();
    const until = performance.now() + 1500;
    while (performance.now() < until)
      for (const content of Object.values(await sent(project, build).catch(() => ({})))) seenContents.add(content);
    await end();
    expect(Object.values(await sent(project, build))).toEqual(['mine', 'mine']);
    expect([...seenContents].filter((content) => content !== 'mine')).toEqual([]);
  }, 20_000);
});

describe('the context of a Dockerfile', () => {
  const FILES = {
    'a.csv': '1',
    'b.csv': '2',
    'code.py': '',
    '--evil': '',
    'src/x.py': '',
    'src/deep/y.py': '',
    'src/deep/z.log': '',
  };

  const pathsOf = async (project: string, build: Omit<DockerfileBuild, 'needs'>) =>
    (await seen(project, build)).entries.map((entry) => entry.path);

  test.each([
    ['COPY *.csv /to/', ['a.csv', 'b.csv']],
    ['COPY [ab].c?v /to/', ['a.csv', 'b.csv']],
    ['COPY ./src/ /to/', ['src', 'src/deep', 'src/deep/y.py', 'src/deep/z.log', 'src/x.py']],
    ['COPY s*/*.py /to/', ['src/x.py']],
    ['COPY ["--evil", "/to/"]', ['--evil']],
    ['COPY nothing /to/', []],
    ['COPY ../../etc/passwd /to/', []],
    ['RUN true', []],
  ])('%s takes what it names', async (line, paths) => {
    expect(await pathsOf(await write('p', FILES), copying(line))).toEqual(paths);
  });

  test('.dockerignore leaves out, with its exceptions; one beside the Dockerfile comes before it', async () => {
    const project = await write('p', {
      ...FILES,
      '.dockerignore': '# no\n**/*.log\nsrc/deep\n!src/deep/y.py\n*.csv\n',
    });
    const build = copying('COPY . /to/');
    const all = ['--evil', '.dockerignore', 'code.py', 'src', 'src/deep/y.py', 'src/x.py'];
    expect(await pathsOf(project, build)).toEqual(all);
    await write('p', { 'binder/Dockerfile.dockerignore': '**\n!code.py\n' });
    expect(await pathsOf(project, build)).toEqual(['code.py']);
  });

  test('the same files give the same hash on another machine, whatever else is there', async () => {
    const build = copying('COPY src /to/');
    const [one, other] = [await write('p', FILES), await write('q', { ...FILES, 'more.txt': '' })];
    const { hash } = await seen(one, build);
    expect((await seen(other, build)).hash).toBe(hash);
    await write('q', { 'code.py': 'changed' });
    expect((await seen(other, build)).hash).toBe(hash);
    await write('q', { 'src/x.py': 'changed' });
    const { hash: changed } = await seen(other, build);
    expect(changed).not.toBe(hash);
    await chmod(path.join(other, 'src/x.py'), 0o755);
    expect((await seen(other, build)).hash).not.toBe(changed);
  });

  test('a change is seen that leaves size and time as they were', async () => {
    const project = await write('p', { 'data.csv': '1' });
    const file = path.join(project, 'data.csv');
    const longAgo = new Date('2020-01-01');
    await utimes(file, longAgo, longAgo);
    const build = copying('COPY data.csv /to/');
    const { hash } = await seen(project, build);
    await writeFile(file, '2');
    await utimes(file, longAgo, longAgo);
    expect((await seen(project, build)).hash).not.toBe(hash);
  });

  test('a link that is copied brings what it leads to, and one that leads out of the folder is an error', async () => {
    const project = await write('p', FILES);
    await symlink('src/x.py', path.join(project, 'link'));
    expect(await pathsOf(project, copying('COPY link /to/'))).toEqual(['link', 'src/x.py']);
    await symlink('/etc', path.join(project, 'etc'));
    await expect(seen(project, copying('COPY etc/passwd /to/'))).rejects.toThrow(
      'binder/Dockerfile: it copies etc, a link that leads out of the folder, to /etc',
    );
  });

  test('a pattern follows no link, neither out of the folder nor back into it without end', async () => {
    const project = await write('p', FILES);
    for (const name of ['a', 'b', 'c', 'd']) await symlink('.', path.join(project, name));
    await symlink('/etc', path.join(project, 'etc'));
    expect(await pathsOf(project, copying(`COPY ${'*/'.repeat(30)}* /to/`))).toEqual([]);
    expect(await pathsOf(project, copying('COPY etc/* a/src/* /to/'))).toEqual([]);
    expect(await pathsOf(project, copying('COPY s*c/x.py /to/'))).toEqual(['src/x.py']);
  }, 20_000);

  test('a link within a folder that is copied stays a link, and nothing behind it is read', async () => {
    const project = await write('p', FILES);
    await symlink('/etc', path.join(project, 'src/etc'));
    expect(await pathsOf(project, copying('COPY src /to/'))).toContain('src/etc');
    expect((await pathsOf(project, copying('COPY src /to/'))).filter((name) => name.startsWith('src/etc/'))).toEqual(
      [],
    );
  });

  test('a context of its own is one below the project', async () => {
    const project = await write('p', { 'docker/x': '', y: '' });
    expect(await pathsOf(project, { ...copying('COPY . /to/'), context: 'docker' })).toEqual(['x']);
    await expect(seen(project, { ...copying(''), context: 'none' })).rejects.toThrow('its context none does not exist');
    await symlink('/etc', path.join(project, 'out'));
    await expect(seen(project, { ...copying(''), context: 'out' })).rejects.toThrow('leads out of the folder');
  });

  test('starts of one folder at the same time do not get into each other’s way, and hashes that are lost cost time only', async () => {
    const project = await write('p', { x: '1', y: '2' });
    const longAgo = new Date('2020-01-01');
    for (const name of ['x', 'y']) await utimes(path.join(project, name), longAgo, longAgo);
    vi.useFakeTimers({ now: Date.now() + 60_000, toFake: ['Date'] });
    const reading = Array.from({ length: 20 }, () => seen(project, copying('COPY . /to/')));
    const [first, ...others] = (await Promise.all(reading)).map(({ hash }) => hash);
    expect(new Set(others)).toEqual(new Set([first]));
    await rm(path.join(root, 'state'), { recursive: true });
    await writeFile(path.join(root, 'state'), 'no folder');
    expect((await seen(project, copying('COPY . /to/'))).hash).toBe(first);
    vi.useRealTimers();
  });

  test('hashes are kept for the user alone', async () => {
    const project = await write('p', { x: '1' });
    const longAgo = new Date('2020-01-01');
    await utimes(path.join(project, 'x'), longAgo, longAgo);
    vi.useFakeTimers({ now: Date.now() + 60_000, toFake: ['Date'] });
    await seen(project, copying('COPY x /to/'));
    vi.useRealTimers();
    const folder = path.join(root, 'state/content-hashes');
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
  });
});
