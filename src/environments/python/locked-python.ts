import { invalid } from '../files/invalid.ts';
import { readJsonFile } from '../files/json-file.ts';
import type { NamedFile } from '../files/named-files.ts';
import { readTomlFile, tableOf } from '../files/toml-file.ts';
import { decideMarker } from './lock-marker.ts';
import { notesOnIndexes, readSources } from './package-indexes.ts';
import { mergePackages } from './pipfile.ts';
import { followUvLock } from './uv-lock.ts';

/** The packages of a lock file as lines of a requirements file, and notes on what ezj leaves out. */
export interface Locked {
  requirements: string[];
  notes: string[];
}

/** Reads a lock file by its name. @throws `environment-invalid` */
export async function readLock(file: NamedFile): Promise<Locked> {
  const name = file.path.replace(/^.*\//, '');
  if (name === 'Pipfile.lock') return readPipfileLock(file);
  const document = await readTomlFile(file);
  return name === 'uv.lock' ? readUvLock(file, document) : readPylock(file, document);
}

/** Includes packages for development. https://pipenv.pypa.io/en/latest/pipfile.html */
function readPipfileLock(file: NamedFile): Locked {
  const document = tableOf(readJsonFile(file));
  const indexOf = readSources(tableOf(document._meta).sources);
  return collect(
    file,
    mergePackages(document.default, document.develop).map(([name, value]) => {
      const { version, markers, hashes, index } = tableOf(value);
      return {
        name,
        version: text(version).replace(/^==/, ''),
        marker: text(markers),
        hashes: listOf(hashes).map(text),
        index: indexOf(index),
      };
    }),
  );
}

/** https://packaging.python.org/en/latest/specifications/pylock-toml/ */
function readPylock(file: NamedFile, document: Record<string, unknown>): Locked {
  if (!Array.isArray(document.packages)) throw invalid(file.path, 'it has no [[packages]]');
  const packages = document.packages.map(tableOf).filter(({ directory }) => directory === undefined);
  const groups = listOf(document['default-groups']).map(text);
  const decided = packages.map((each) => ({ each, marker: decidePylockMarker(file, each, groups) }));
  const left = decided.filter(({ marker }) => marker === false).map(({ each }) => text(each.name));
  const locked = collect(
    file,
    decided.flatMap(({ each, marker }) => (marker === false ? [] : [fromPackage(each, marker === true ? '' : marker)])),
  );
  const note = `${file.path}: left out because they belong to extras or groups that are not installed: ${left.join(', ')}`;
  return { ...locked, notes: [...(left.length > 0 ? [note] : []), ...locked.notes] };
}

/** Selects no extras, and the default groups of the lock. */
function decidePylockMarker({ path }: NamedFile, { name, marker }: Record<string, unknown>, groups: string[]) {
  if (marker === undefined) return true;
  const decided = decideMarker(text(marker), { extras: [], groups });
  if (decided === undefined) throw invalid(path, `${text(name)}: ${JSON.stringify(marker)} is not a marker`);
  return decided;
}

/** uv locks for all systems, with a condition on each dependency. Takes only packages that the project depends on. */
function readUvLock(file: NamedFile, document: Record<string, unknown>): Locked {
  if (!Array.isArray(document.package)) throw invalid(file.path, 'it has no [[package]]');
  const reached = followUvLock(document.package.map(tableOf));
  return collect(
    file,
    reached.map(({ entry, marker }) => fromPackage(entry, marker)),
  );
}

function fromPackage(entry: Record<string, unknown>, marker: string): Entry {
  const files = [entry.sdist, ...listOf(entry.wheels)].map(tableOf);
  const hashes = files.flatMap(({ hash, hashes: table }) => [
    ...(typeof hash === 'string' ? [hash] : []),
    ...Object.entries(tableOf(table)).map(([algorithm, value]) => `${algorithm}:${text(value)}`),
  ]);
  const { git, url, path, registry } = { ...tableOf(entry.source), ...tableOf(entry.vcs) };
  const isElsewhere = [git, url, path, entry.archive].some((each) => each !== undefined);
  const version = isElsewhere ? '' : text(entry.version);
  return { name: text(entry.name), version, marker, hashes, index: text(registry ?? entry.index) };
}

interface Entry {
  name: string;
  version: string;
  marker: string;
  hashes: string[];
  /** Its source. Empty if unknown. */
  index: string;
}

/** Writes hashes for all packages or for none, as pip requires. */
function collect(file: NamedFile, entries: Entry[]): Locked {
  const taken = entries.filter(isPlain);
  const left = entries.filter((each) => !isPlain(each)).map(({ name }) => name);
  const isHashed = taken.every(({ hashes }) => hashes.length > 0);
  const requirements = taken.map(({ name, version, marker, hashes }) =>
    [
      `${name}==${version}${marker === '' ? '' : ` ; ${marker}`}`,
      ...(isHashed ? hashes.map((hash) => `--hash=${hash}`) : []),
    ].join(' '),
  );
  const note = `${file.path}: left out because they come from no index: ${left.join(', ')}`;
  return { requirements, notes: [...(left.length > 0 ? [note] : []), ...notesOnIndexes(file.path, taken)] };
}

function isPlain({ name, version, marker, hashes }: Entry): boolean {
  const isPackage = /^[A-Za-z0-9][\w.-]*$/.test(name) && /^[\w.!+-]+$/.test(version);
  return isPackage && /^[\w\s.'"<>=!~(),+*-]*$/.test(marker) && hashes.every((hash) => /^\w+:[0-9a-f]+$/.test(hash));
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}
