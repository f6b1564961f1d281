import { createHash } from 'node:crypto';
import { lstatSync, type Stats } from 'node:fs';
import { lstat, readdir, readlink, realpath } from 'node:fs/promises';
import path from 'node:path';
import type { Ignore } from '@balena/dockerignore';
import { invalid } from '../files/invalid.ts';
import { decode, isWithin, type NamedFile, readNamed } from '../files/named-files.ts';
import { openContentHashes } from './content-hashes.ts';
import { type DockerfileBuild, readNeeds } from './read-dockerfile.ts';

/** The part of a project that a Dockerfile sees. */
export interface BuildContext {
  /** Absolute, with links resolved. */
  folder: string;
  /** Paths that COPY and ADD name and .dockerignore does not exclude: relative to the folder, with slashes, sorted. */
  paths: string[];
  ignoreFile?: NamedFile;
  /** Hash of paths, modes, contents and link targets; the same on every machine. SHA-256, hexadecimal. */
  hash: string;
}

/** A Dockerfile and the files that it sees. */
export type PreparedBuild = DockerfileBuild & { seen: BuildContext };

const AT_ONCE = 16;

/**
 * Finds the files that a Dockerfile's COPY and ADD name. Does not list or read any other file.
 * @throws `environment-invalid` for a missing folder, and for a link that leads out of it
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

/** `Dockerfile.dockerignore` beside the Dockerfile takes precedence over the one of the context. https://docs.docker.com/build/concepts/context/#filename-and-location */
async function readIgnoreFile(project: string, { file, context }: DockerfileBuild): Promise<NamedFile | undefined> {
  const own = await readNamed(project, `${file.path}.dockerignore`);
  return own ?? readNamed(project, path.posix.join(context, '.dockerignore'));
}

async function ignoreRule(file: NamedFile | undefined): Promise<Walker['ignored']> {
  if (!file) return { skips: () => false, prunes: () => false };
  // Its types declare an ES module, but it is not one.
  const { default: library } = await import('@balena/dockerignore');
  const text = decode(file.content);
  const rules: Ignore = library.default({ ignorecase: false }).add(text);
  // An exception may lie in an excluded folder.
  const hasExceptions = /^\s*!/m.test(text);
  const skips = (name: string) => name !== '.' && rules.ignores(name);
  return { skips, prunes: (name) => !hasExceptions && skips(name) };
}

/** Matches a pattern of COPY part by part, like Go's filepath.Match. */
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

/** With more, a regular expression takes too long on long names. */
const MOST_STARS = 3;

/** Follows no links, like the builder: a link to a parent folder would never end. */
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
    // The builder reports the error.
    return [];
  }
}

/** A path and all below it, and the targets of the links on the way to it, which must lie in the folder too. */
async function take(walker: Walker, name: string): Promise<void> {
  const { folder, found } = walker;
  const parts = name.split('/');
  for (let i = 1; i <= parts.length; i++) {
    const above = parts.slice(0, i).join('/');
    const stats = await lstat(path.join(folder, above)).catch(() => undefined);
    // The builder reports the missing file.
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
  // Synchronous, because a hundred thousand asynchronous calls take seconds. These take a few microseconds each.
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

/** Processes a few at a time, so that a big folder does not open thousands of files. */
async function inTurns<Item>(items: Item[], work: (item: Item) => Promise<void>): Promise<void> {
  const waiting = items.values();
  const next = async () => {
    for (const item of waiting) await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, items.length) }, next));
}
