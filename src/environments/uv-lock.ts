import { tableOf } from './toml-file.ts';

type Table = Record<string, unknown>;

/** A package that the project comes to, and under which condition. */
interface Reached {
  entry: Table;
  /** Environment markers; empty: always. */
  marker: string;
}

const MOST_CONDITIONS = 20;

/**
 * The packages of a uv.lock that its project depends on, group `dev` included, each with the conditions on the way to it.
 * https://docs.astral.sh/uv/concepts/projects/layout/#the-lockfile
 */
export function followUvLock(packages: Table[]): Reached[] {
  const conditions = new Map<Table, Set<string>>();
  const waiting = packages
    .filter(isProjectItself)
    .flatMap((entry) => edgesOf(entry, ['dev']).map((edge) => ({ edge, above: '' })));
  for (let next = waiting.shift(); next; next = waiting.shift()) {
    const { edge, above } = next;
    const entry = packages.find(({ name, version }) => name === edge.name && (edge.version ?? version) === version);
    if (entry === undefined || isProjectItself(entry)) continue;
    const marker = both(above, String(edge.marker ?? ''));
    const known = conditions.get(entry) ?? new Set();
    conditions.set(entry, known);
    if (known.has('') || known.has(marker)) continue;
    // More than a few ways to a package together mean always, as good as ever.
    const settled = known.size < MOST_CONDITIONS ? marker : '';
    known.add(settled);
    const extras = Array.isArray(edge.extra) ? edge.extra.map(String) : [];
    waiting.push(...edgesOf(entry, extras).map((each) => ({ edge: each, above: settled })));
  }
  return [...conditions].map(([entry, markers]) => ({
    entry,
    marker: markers.has('') ? '' : [...markers].map((each) => (markers.size > 1 ? `(${each})` : each)).join(' or '),
  }));
}

/** The project and the other members of its workspace: their code stays outside the image. */
function isProjectItself({ source }: Table): boolean {
  const { virtual, editable, directory } = tableOf(source);
  return [virtual, editable, directory].some((each) => each !== undefined);
}

function edgesOf(entry: Table, extras: string[]): Table[] {
  const optional = [tableOf(entry['optional-dependencies']), tableOf(entry['dev-dependencies'])];
  const lists = [entry.dependencies, ...extras.flatMap((name) => optional.map((table) => table[name]))];
  return lists.flatMap((list) => (Array.isArray(list) ? list.map(tableOf) : []));
}

function both(one: string, other: string): string {
  if (one === '' || other === '') return one || other;
  return `(${one}) and (${other})`;
}
