import { type Document, isMap, isScalar, isSeq, type Node, parseDocument, type YAMLMap, type YAMLSeq } from 'yaml';
import { type Addition, lineEnding, type Written } from './addition.ts';
import { canonical } from './installed-python.ts';
import { withRequirement } from './write-requirements.ts';

/**
 * Adds packages to the pip list among the dependencies of an environment.yml. Inserts text at the positions of the
 * parsed document, so that comments, order and everything else stay. Does not change the conda dependencies, because
 * pip runs after conda.
 */
export function writeConda(text: string, additions: Addition[]): Written {
  const changed = additions.reduce(addOne, text);
  return { text: changed, packages: additions.map(({ name }) => name), notes: [] };
}

function addOne(text: string, { name, requirement }: Addition): string {
  const document = parseDocument(text);
  // The file has no dependencies yet.
  if (!isSeq(document.get('dependencies'))) document.set('dependencies', document.createNode([]));
  const dependencies = document.get('dependencies') as YAMLSeq;
  const pip = dependencies.items
    .filter(isMap)
    .find((item) => item.has('pip'))
    ?.get('pip');
  const items = isSeq(pip) ? pip.items : [];
  const same = items.find(
    (item) => isScalar(item) && canonical(/^[\w.-]+/.exec(String(item.value))?.[0] ?? '') === canonical(name),
  );
  if (same && isScalar(same)) return replaceScalar(text, same, withRequirement(String(same.value), requirement));
  if (!isSeq(pip) || items.length === 0 || pip.flow || dependencies.flow)
    return addToDocument(document, text, requirement);
  return insertAfter(text, items.at(-1) as Node, (indent) => `${indent}- ${quoted(requirement)}`);
}

function replaceScalar(text: string, { range }: Node, value: string): string {
  const [start, end] = range ?? [0, 0];
  return text.slice(0, start) + quoted(value) + text.slice(end);
}

/** Inserts a new line after the line of an item, with the same indentation. */
function insertAfter(text: string, { range }: Node, line: (indent: string) => string): string {
  const [start, end] = range ?? [0, 0];
  const before = text.lastIndexOf('\n', start - 1) + 1;
  const indent = /^\s*/.exec(text.slice(before, start))?.[0] ?? '';
  const next = text.indexOf('\n', end);
  const ending = lineEnding(text);
  if (next === -1) return `${text}${ending}${line(indent)}`;
  return `${text.slice(0, next + 1)}${line(indent)}${ending}${text.slice(next + 1)}`;
}

/** Adds to a document without a pip list, or with lists on one line. */
function addToDocument(document: Document, text: string, requirement: string): string {
  const dependencies = document.get('dependencies') as YAMLSeq;
  const map = dependencies.items.filter(isMap).find((item) => item.has('pip')) as YAMLMap | undefined;
  const last = dependencies.items.at(-1) as Node | undefined;
  if (!map && last && !dependencies.flow) {
    const ending = lineEnding(text);
    const hasPip = dependencies.items.some((item) => isScalar(item) && /^(?:\S+::)?pip\b/.test(String(item.value)));
    return insertAfter(text, last, (indent) =>
      [...(hasPip ? [] : [`${indent}- pip`]), `${indent}- pip:`, `${indent}  - ${quoted(requirement)}`].join(ending),
    );
  }
  if (!map) dependencies.add(document.createNode({ pip: [requirement] }));
  else if (isSeq(map.get('pip'))) (map.get('pip') as YAMLSeq).add(requirement);
  else map.set('pip', document.createNode([requirement]));
  const indentSeq = !/^dependencies:[^\n]*\n(?:\s*(?:#[^\n]*)?\n)*-/m.test(text);
  const whole = document.toString({ lineWidth: 0, indentSeq });
  return lineEnding(text) === '\r\n' ? whole.replace(/\r?\n/g, '\r\n') : whole;
}

/** Quotes a requirement that YAML would read differently: ` @ `, ` #` and `: ` have a meaning. */
function quoted(value: string): string {
  return /^[\w.[\],=<>!~+*-]+$/.test(value) && !/[[\],]/.test(value[0] ?? '') ? value : JSON.stringify(value);
}
