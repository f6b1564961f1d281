import { createHash } from 'node:crypto';
import { lstatSync, type Stats } from 'node:fs';
import { lstat, readdir, readlink, realpath } from 'node:fs/promises';
import path from 'node:path';
import type { Ignore } from '@balena/dockerignore';
import { invalid } from '../files/invalid.ts';
import { decode, isWithin, type NamedFile, readNamed } from '../files/named-files.ts';
import { openContentHashes } from './content-hashes.ts';
import { type DockerfileBuild, readNeeds } from './read-dockerfile.ts';

/** What of a project a Dockerfile sees. */
export interface BuildContext {
  /** Absolute and real. */
  folder: string;
  /** What COPY and ADD name and .dockerignore lets through: relative to the folder, with slashes, sorted. */
  paths: string[];
  ignoreFile?: NamedFile;
  /** Of paths, modes, contents and where links lead; the same on every machine. SHA-256, hexadecimal. */
  hash: string;
}

/** A Dockerfile with what it sees. */
export type PreparedBuild = DockerfileBuild & { seen: BuildContext };

const AT_ONCE = 16;

/**
 * Finds what a Dockerfile's COPY and ADD name, and nothing else: what they do not name is neither listed nor read.
 * @throws `environment-invalid` for a folder that is not there, and for a link that leads out of it
 */
export async function readContext(project: string, build: DockerfileBuild): Promise<BuildContext> {
  const folder = await realpath(path.join(project, build.context)).catch(() => {
    throw invalid(build.file.path, `its context ${build.context || '.'} does not exist`);
  });
  if (!isWithin(folder, project))
    throw invalid(build.file.path, `its context ${build.context} leads out of the folder`);
  const [{ sources }, ignoreFile] = await Promise.all([readNeeds(build), readIgnoreFile(project, build)]);
  const found = new Map<string, Stats>();
  const walker = { folder, found, ignored: await ignoreRule(ignoreFile), dockerfile: build.file.path };
  for (const source of sources) {
    for (const name of await expandPattern(folder, path.posix.normalize(`./${source}`))) await take(walker, name);
  }
  const paths = [...found.keys()].sort();
  return { folder, paths, ignoreFile, hash: await hashContext(folder, paths, found) };
}

interface Walker {
  folder: string;
  found: Map<string, Stats>;
  ignored: { skips(name: string): boolean; prunes(name: string): boolean };
  dockerfile: string;
}

/** `Dockerfile.dockerignore` beside the Dockerfile comes before the one of the context. https://docs.docker.com/build/concepts/context/#filename-and-location */
async function readIgnoreFile(project: string, { file, context }: DockerfileBuild): Promise<NamedFile | undefined> {
  const own = await readNamed(project, `${file.path}.dockerignore`);
  return own ?? readNamed(project, path.posix.join(context, '.dockerignore'));
}

async function ignoreRule(file: NamedFile | undefined): Promise<Walker['ignored']> {
  if (!file) return { skips: () => false, prunes: () => false };
  // Its type declares ES modules, and it is none.
  const { default: library } = await import('@balena/dockerignore');
  const text = decode(file.content);
  const rules: Ignore = library.default({ ignorecase: false }).add(text);
  // An exception may lie in a folder that is left out.
  const hasExceptions = /^\s*!/m.test(text);
  const skips = (name: string) => name !== '.' && rules.ignores(name);
  return { skips, prunes: (name) => !hasExceptions && skips(name) };
}

/** What a pattern of COPY stands for, part by part, as Go's filepath.Match reads it. */
async function expandPattern(folder: string, source: string): Promise<string[]> {
  let names = ['.'];
  for (const part of source.split('/').filter((each) => each !== '' && each !== '.')) {
    const next = names.map(async (name) =>
      (/[*?[\\]/.test(part) ? await matching(path.join(folder, name), part) : [part]).map((each) =>
        path.posix.join(name, each),
      ),
    );
    names = (await Promise.all(next)).flat();
  }
  return names;
}

/** More would take a regular expression for ever on long names. */
const MOST_STARS = 3;

/** No link is followed, as the builder follows none here: of some that lead back, there would be no end. */
async function matching(folder: string, pattern: string): Promise<string[]> {
  const isReal = (await realpath(folder).catch(() => undefined)) === folder;
  const names = isReal ? await readdir(folder).catch(() => []) : [];
  if (pattern.split('*').length - 1 > MOST_STARS) return names;
  const text = pattern.replace(/\\(.)|\[(?:\\.|[^\]])+\]|[*?]|[^\w]/g, (part, escaped?: string) => {
    if (part === '*') return '.*';
    if (part === '?') return '.';
    if (part.startsWith('[') && part.length > 1) return part;
    return `\\u{${(escaped ?? part).codePointAt(0)?.toString(16)}}`;
  });
  try {
    const expression = new RegExp(`^${text}$`, 'su');
    return names.filter((name) => expression.test(name));
  } catch {
    // The builder says what is wrong with it.
    return [];
  }
}

/** A path and all below it. Of a link on the way to it, also what it leads to, which has to be in the folder as well. */
async function take(walker: Walker, name: string): Promise<void> {
  const { folder, found } = walker;
  const parts = name.split('/');
  for (let i = 1; i <= parts.length; i++) {
    const above = parts.slice(0, i).join('/');
    const stats = await lstat(path.join(folder, above)).catch(() => undefined);
    // The builder says what it misses.
    if (stats === undefined) return;
    if (!stats.isSymbolicLink()) continue;
    if (walker.ignored.skips(above) || found.has(above)) return;
    found.set(above, stats);
    const real = await realpath(path.join(folder, above)).catch(() => undefined);
    if (real === undefined) return;
    if (!isWithin(real, folder))
      throw invalid(walker.dockerfile, `it copies ${above}, a link that leads out of the folder, to ${real}`);
    const target = path.relative(folder, real).split(path.sep).join('/');
    return take(walker, path.posix.join(target, ...parts.slice(i)));
  }
  await walk(walker, name);
}

async function walk(walker: Walker, name: string): Promise<void> {
  const { folder, found, ignored } = walker;
  if (found.has(name) || ignored.prunes(name)) return;
  // Asked for one by one in the background, a hundred thousand files take seconds; so they take a few microseconds each.
  const stats = lstatSync(path.join(folder, name), { throwIfNoEntry: false });
  if (stats === undefined) return;
  if (name !== '.' && !ignored.skips(name)) found.set(name, stats);
  if (!stats.isDirectory()) return;
  for (const each of await readdir(path.join(folder, name))) await walk(walker, path.posix.join(name, each));
}

async function hashContext(folder: string, paths: string[], found: Map<string, Stats>): Promise<string> {
  const hashes = await openContentHashes(folder);
  const lines: string[] = new Array(paths.length);
  await inTurns([...paths.keys()], async (i) => {
    const name = paths[i] ?? '';
    const stats = found.get(name);
    const file = path.join(folder, name);
    if (stats?.isFile())
      lines[i] = JSON.stringify([name, (stats.mode & 0o111) !== 0, await hashes.hashOf(file, stats)]);
    else if (stats?.isSymbolicLink()) lines[i] = JSON.stringify([name, await readlink(file)]);
    else lines[i] = JSON.stringify([name]);
  });
  await hashes.save();
  return createHash('sha256').update(lines.join('\n')).digest('hex');
}

/** Some at once, so that a big folder opens no thousand files. */
async function inTurns<Item>(items: Item[], work: (item: Item) => Promise<void>): Promise<void> {
  const waiting = items.values();
  const next = async () => {
    for (const item of waiting) await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, items.length) }, next));
}
