import { tableOf } from '../files/toml-file.ts';

type Table = Record<string, unknown>;

/** A package that the project depends on, and its condition. */
interface Reached {
  entry: Table;
  /** Environment markers. Empty for always. */
  marker: string;
}

const MOST_CONDITIONS = 20;

/** A package, or one of its extras. Each has its own paths from the project. */
interface Node {
  entry: Table;
  extra: string;
}

/**
 * The packages of a uv.lock that its project depends on, including the group `dev`, each with the conditions on the path to it.
 * https://docs.astral.sh/uv/concepts/projects/layout/#the-lockfile
 */
export function followUvLock(packages: Table[]): Reached[] {
  const conditions = new Map<Table, Map<string, Set<string>>>();
  const waiting: { edge: Table; above: string }[] = packages
    .filter(isProjectItself)
    .flatMap((entry) => [...listOf(entry.dependencies), ...listOf(tableOf(entry['dev-dependencies']).dev)])
    .map((edge) => ({ edge, above: '' }));
  for (let next = waiting.shift(); next; next = waiting.shift()) {
    const { edge, above } = next;
    const entry = packages.find(({ name, version }) => name === edge.name && (edge.version ?? version) === version);
    if (entry === undefined) continue;
    const marker = both(above, String(edge.marker ?? ''));
    const extras = Array.isArray(edge.extra) ? edge.extra.map(String) : [];
    for (const node of ['', ...extras].map((extra) => ({ entry, extra }))) {
      const known = conditionsOf(conditions, node);
      if (known.has('') || known.has(marker)) continue;
      // With more than a few paths to a package, ezj installs it always.
      const settled = known.size < MOST_CONDITIONS ? marker : '';
      known.add(settled);
      waiting.push(...edgesOf(node).map((each) => ({ edge: each, above: settled })));
    }
  }
  return [...conditions]
    .filter(([entry]) => !isProjectItself(entry))
    .map(([entry, nodes]) => ({ entry, marker: anyOf(nodes.get('') ?? new Set()) }));
}

function conditionsOf(conditions: Map<Table, Map<string, Set<string>>>, { entry, extra }: Node): Set<string> {
  const nodes = conditions.get(entry) ?? new Map<string, Set<string>>();
  const known = nodes.get(extra) ?? new Set();
  conditions.set(entry, nodes.set(extra, known));
  return known;
}

function edgesOf({ entry, extra }: Node): Table[] {
  return listOf(extra === '' ? entry.dependencies : tableOf(entry['optional-dependencies'])[extra]);
}

function listOf(value: unknown): Table[] {
  return Array.isArray(value) ? value.map(tableOf) : [];
}

function anyOf(markers: Set<string>): string {
  if (markers.has('')) return '';
  return [...markers].map((each) => (markers.size > 1 ? `(${each})` : each)).join(' or ');
}

/** Whether a package is a member of the project's workspace, whose code stays outside the image. */
function isProjectItself({ source }: Table): boolean {
  const { virtual, editable, directory } = tableOf(source);
  return [virtual, editable, directory].some((each) => each !== undefined);
}

function both(one: string, other: string): string {
  if (one === '' || other === '' || one === other) return one || other;
  return `(${one}) and (${other})`;
}
