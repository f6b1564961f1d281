import { createHash } from 'node:crypto';
import path from 'node:path';
import { type Entry, kindIn, listFolderIn, lookAt, realPathIn, walkIn } from '../../project-files/list.ts';
import type { Finding } from '../../project-files/place.ts';
import { invalid } from '../files/invalid.ts';
import { type NamedFile, readNamed } from '../files/named-files.ts';
import { openContentHashes } from './content-hashes.ts';
import { type IgnoreRules, readIgnoreRules } from './ignore-rules.ts';
import { matchesPath, readPathPattern } from './path-pattern.ts';
import type { DockerfileBuild } from './read-dockerfile.ts';

/** The part of a project that a Dockerfile sees. */
export interface BuildContext {
  /** Absolute, without links. */
  folder: string;
  /** What COPY and ADD name and .dockerignore does not exclude, in order of the paths. */
  entries: SeenEntry[];
  ignoreFile?: NamedFile;
  /** Hash of paths, modes, contents and link targets; the same on every machine. SHA-256, hexadecimal. */
  hash: string;
}

/** A file, folder or link that a Dockerfile sees, as it was when its context was read. */
export interface SeenEntry {
  /** Relative to the folder, with slashes. */
  path: string;
  kind: Entry['kind'];
  executable: boolean;
  sizeBytes: number;
  /** The target of a link. */
  target?: string;
  /** Of the content of a file. SHA-256, hexadecimal. */
  hash?: string;
}

/** A Dockerfile and the files that it sees. */
export type PreparedBuild = DockerfileBuild & { seen: BuildContext };

const AT_ONCE = 16;

/** A context with more files takes minutes to send. */
const MOST_ENTRIES = 1_000_000;

/**
 * Finds the files that a Dockerfile's COPY and ADD name. Does not list or read any other file.
 * @throws `environment-invalid` for a missing folder, and for a link that leads out of it
 */
export async function readContext(project: string, build: DockerfileBuild): Promise<BuildContext> {
  const folder = contextFolder(project, build);
  const ignoreFile = await readIgnoreFile(project, build);
  const found = new Map<string, Entry>();
  const finding = { refuse: (reason: string) => invalid(build.file.path, `its context: ${reason}`) };
  const walker = { folder, found, finding, ignored: readIgnoreRules(ignoreFile), dockerfile: build.file.path };
  for (const source of build.needs.sources) {
    for (const name of await expandPattern(walker, path.posix.normalize(`./${source}`))) await take(walker, name);
  }
  const entries = await hashEntries(folder, [...found].sort(byPath), finding);
  const hash = createHash('sha256').update(entries.map(lineOf).join('\n')).digest('hex');
  return { folder, entries, ignoreFile, hash };
}

const byPath = ([one]: [string, Entry], [other]: [string, Entry]) => (one < other ? -1 : 1);

function contextFolder(project: string, { file, context }: DockerfileBuild): string {
  const refuse = (reason: string) => invalid(file.path, `its context ${context}: ${reason}`);
  if (kindIn(project, context, { refuse }) !== 'folder')
    throw invalid(file.path, `its context ${context || '.'} does not exist`);
  return path.join(project, realPathIn(project, context, { refuse }) ?? '');
}

interface Walker {
  folder: string;
  found: Map<string, Entry>;
  finding: Finding;
  ignored: IgnoreRules;
  dockerfile: string;
}

/** `Dockerfile.dockerignore` beside the Dockerfile takes precedence over the one of the context. https://docs.docker.com/build/concepts/context/#filename-and-location */
async function readIgnoreFile(project: string, { file, context }: DockerfileBuild): Promise<NamedFile | undefined> {
  const own = await readNamed(project, `${file.path}.dockerignore`);
  return own ?? readNamed(project, path.posix.join(context, '.dockerignore'));
}

/** Matches a pattern of COPY part by part, like Go's filepath.Match. */
async function expandPattern({ folder, finding }: Walker, source: string): Promise<string[]> {
  let names = ['.'];
  for (const part of source.split('/').filter((each) => each !== '' && each !== '.')) {
    const next: string[] = [];
    for (const name of names) {
      const found = /[*?[\\]/.test(part) ? await matching(folder, { name, part, finding }) : [part];
      // The builder reports a path that leads out.
      next.push(...found.map((each) => path.posix.join(name, each)).filter((each) => !/^\.\.(?:\/|$)/.test(each)));
    }
    if (next.length > MOST_ENTRIES) throw finding.refuse(`more than ${MOST_ENTRIES} files match ${source}`);
    names = next;
  }
  return names;
}

/** Follows no links, like the builder: a link to a parent folder would never end. */
async function matching(
  folder: string,
  { name, part, finding }: { name: string; part: string; finding: Finding },
): Promise<string[]> {
  // The builder reports the error of a pattern.
  const pattern = readPathPattern(part.replaceAll(/\*+/g, '*'));
  if (!pattern || !isRealFolder(folder, name, finding)) return [];
  const names: string[] = [];
  for await (const each of listFolderIn(folder, name, { ...finding, links: 'refuse' }))
    if (matchesPath(pattern, each)) names.push(each);
  return names;
}

function isRealFolder(folder: string, name: string, finding: Finding): boolean {
  const parts = name === '.' ? [] : name.split('/');
  return parts.every((_, i) => lookAt(folder, parts.slice(0, i + 1).join('/'), finding)?.kind === 'folder');
}

/** A path and all below it, and the targets of the links on the way to it, which must lie in the folder too. */
async function take(walker: Walker, name: string): Promise<void> {
  const { folder, found, finding, ignored } = walker;
  const parts = name.split('/');
  for (let i = 1; i <= parts.length; i++) {
    const above = parts.slice(0, i).join('/');
    const entry = lookAt(folder, above, finding);
    // The builder reports the missing file.
    if (entry === undefined) return;
    if (entry.kind !== 'link') continue;
    if (ignored.skips(above) || found.has(above)) return;
    found.set(above, entry);
    const target = targetOf(walker, above);
    if (target === undefined) return;
    return take(walker, path.posix.join(target, ...parts.slice(i)));
  }
  await walkIn(folder, name, { ...finding, visit: (each, entry) => visit(walker, each, entry) });
}

/** What a link leads to; undefined if to nothing. */
function targetOf({ folder, dockerfile }: Walker, name: string): string | undefined {
  const refuse = (reason: string) =>
    invalid(dockerfile, `it copies ${name}, ${reason.replace(/^it is (?=a link)/, '')}`);
  return realPathIn(folder, name, { refuse });
}

function visit({ found, ignored, finding }: Walker, name: string, entry: Entry): boolean {
  if (found.has(name) || ignored.prunes(name)) return false;
  if (name !== '.' && !ignored.skips(name)) found.set(name, entry);
  if (found.size > MOST_ENTRIES) throw finding.refuse(`it has more than ${MOST_ENTRIES} files`);
  return true;
}

async function hashEntries(folder: string, found: [string, Entry][], finding: Finding): Promise<SeenEntry[]> {
  const hashes = await openContentHashes(folder, finding);
  const entries: SeenEntry[] = new Array(found.length);
  await inTurns([...found.entries()], async ([i, [name, { kind, stats, target }]]) => {
    const hash = kind === 'file' ? await hashes.hashOf(name, stats) : undefined;
    entries[i] = { path: name, kind, executable: (stats.mode & 0o111) !== 0, sizeBytes: stats.size, target, hash };
  });
  await hashes.save();
  return entries;
}

/** What identifies an entry, the same on every machine. */
function lineOf({ path: name, executable, target, hash }: SeenEntry): string {
  if (hash !== undefined) return JSON.stringify([name, executable, hash]);
  return JSON.stringify(target === undefined ? [name] : [name, target]);
}

/** Processes a few at a time, so that a big folder does not open thousands of files. */
async function inTurns<Item>(items: Item[], work: (item: Item) => Promise<void>): Promise<void> {
  const waiting = items.values();
  const next = async () => {
    for (const item of waiting) await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, items.length) }, next));
}
