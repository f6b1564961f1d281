import { invalid } from '../files/invalid.ts';
import type { NamedFile } from '../files/named-files.ts';
import { readTomlFile, tableOf } from '../files/toml-file.ts';
import { isPyPI, notesOnIndexes, readSources, shownIndex } from './package-indexes.ts';

/** Markers that can be keys. https://pipenv.pypa.io/en/latest/specifiers.html */
const MARKERS = [
  'os_name',
  'sys_platform',
  'platform_machine',
  'platform_python_implementation',
  'platform_release',
  'platform_system',
  'platform_version',
  'python_version',
  'python_full_version',
  'implementation_name',
  'implementation_version',
];

/**
 * The packages of a Pipfile, including those for development, as lines of a requirements file.
 * https://pipenv.pypa.io/en/latest/pipfile.html
 * @throws `environment-invalid`
 */
export async function readPipfile(file: NamedFile): Promise<{ requirements: string[]; notes: string[] }> {
  const document = await readTomlFile(file);
  const indexOf = readSources(document.source);
  const requirements: string[] = [];
  const notes: string[] = [];
  const others: { name: string; index: string }[] = [];
  for (const [name, value] of mergePackages(document.packages, document['dev-packages'])) {
    const entry = typeof value === 'string' ? { version: value } : tableOf(value);
    const index = indexOf(entry.index);
    const isOwn = ['git', 'hg', 'svn', 'bzr', 'path', 'file', 'editable'].some((key) => entry[key] !== undefined);
    if (isOwn) notes.push(`${file.path}: ${name} is left out because it comes from no index`);
    // Without a hash, nothing shows that PyPI has another package with the name of a private one.
    else if (entry.index !== undefined && !isPyPI(index))
      notes.push(
        `${file.path}: ${name} is left out because it comes from ${shownIndex(index) || entry.index}: a Pipfile.lock, with its hashes, includes it`,
      );
    else {
      requirements.push(requirementOf(file, name, entry));
      others.push({ name, index });
    }
  }
  return { requirements, notes: [...notes, ...notesOnIndexes(file.path, others)] };
}

/** Merges tables by normalized name; the first entry counts. */
export function mergePackages(...tables: unknown[]): [name: string, value: unknown][] {
  const merged = new Map<string, [string, unknown]>();
  for (const [name, value] of tables.flatMap((table) => Object.entries(tableOf(table)))) {
    const normalised = name.toLowerCase().replace(/[-_.]+/g, '-');
    if (!merged.has(normalised)) merged.set(normalised, [name, value]);
  }
  return [...merged.values()];
}

function requirementOf(file: NamedFile, name: string, entry: Record<string, unknown>): string {
  const { version = '*', extras, markers } = entry;
  if (typeof version !== 'string') throw invalid(file.path, `${name}: its version is not text`);
  const extra = Array.isArray(extras) && extras.length > 0 ? `[${extras.join(',')}]` : '';
  const conditions = [
    ...(markers ? [`(${markers})`] : []),
    ...MARKERS.filter((key) => entry[key] !== undefined).map((key) => `${key} ${entry[key]}`),
  ];
  const marker = conditions.length > 0 ? ` ; ${conditions.join(' and ').replace(/^\(([^()]*)\)$/, '$1')}` : '';
  return `${name}${extra}${clausesOf(version)}${marker}`;
}

/** Like pipenv, takes a bare version as an exact one. */
function clausesOf(version: string): string {
  const clauses = version.trim();
  if (/^(?:==\s*)?\*?$/.test(clauses)) return '';
  return /^[<>=!~]/.test(clauses) ? clauses : `==${clauses}`;
}
