import { parse } from 'smol-toml';
import { tableOf } from '../environments/files/toml-file.ts';
import { type Addition, lineEnding, type Written } from './addition.ts';
import { canonical } from './installed-python.ts';
import { withRequirement } from './write-requirements.ts';

/**
 * Adds packages to `project.dependencies` of a pyproject.toml. Parses the result and compares it with the original.
 * Undefined if anything else would change.
 */
export function writePyproject(text: string, additions: Addition[]): Written | undefined {
  const project = tableOf(parse(text).project);
  if (parse(text).project === undefined || isDynamic(project)) return undefined;
  const before = listOf(project.dependencies);
  const isNamed = (line: string, { name }: Addition) => canonical(/^[\w.-]+/.exec(line)?.[0] ?? '') === canonical(name);
  const kept = before.map((line) => {
    const addition = additions.find((each) => isNamed(line, each));
    return addition ? withRequirement(line, addition.requirement) : line;
  });
  const added = additions.filter((each) => !before.some((line) => isNamed(line, each)));
  const after = [...kept, ...added.map(({ requirement }) => requirement)];
  const changed = withDependencies(text, { before, kept, added: after.slice(kept.length) });
  if (changed === undefined || !isSame(text, changed, (document) => setIn(document, 'project', 'dependencies', after)))
    return undefined;
  return { text: changed, packages: additions.map(({ name }) => name), notes: [] };
}

function isDynamic({ dynamic }: Record<string, unknown>): boolean {
  return listOf(dynamic).includes('dependencies');
}

function listOf(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

/** A token of the text: a string, a comment, or any other character. */
const TOKEN = /"(?:\\.|[^"\\\n])*"|'[^'\n]*'|#[^\n]*|[\s\S]/g;

function withDependencies(
  text: string,
  { before, kept, added }: { before: string[]; kept: string[]; added: string[] },
): string | undefined {
  const header = /^[ \t]*\[[ \t]*project[ \t]*\][^\n]*(?:\n|$)/m.exec(text);
  if (!header) return undefined;
  const end = lineEnding(text);
  const start = header.index + header[0].length;
  const next = /^\[{1,2}[^\]"'\n]+\]{1,2}[ \t]*(?:#[^\n]*)?\r?$/m.exec(text.slice(start));
  const key = /^[ \t]*dependencies[ \t]*=[ \t]*\[/m.exec(text.slice(start));
  if (!key || (next && key.index > next.index)) {
    const gap = header[0].endsWith('\n') ? '' : end;
    const list = added.map((line) => `  ${JSON.stringify(line)},${end}`).join('');
    return `${text.slice(0, start)}${gap}dependencies = [${end}${list}]${end}${text.slice(start)}`;
  }
  const open = start + key.index + key[0].length;
  const tokens = [...text.slice(open).matchAll(TOKEN)];
  const close = tokens.findIndex(([token]) => token === ']');
  const inside = tokens.slice(0, close);
  const strings = inside.filter(([token]) => /^["']/.test(token));
  if (close === -1 || strings.length !== before.length) return undefined;
  const edits = strings.flatMap((token, i) =>
    kept[i] === before[i]
      ? []
      : [{ at: open + token.index, length: token[0].length, text: requote(token[0], kept[i] ?? '') }],
  );
  if (added.length > 0)
    edits.push(...additionEdits(text, { open, inside, strings, close: open + (tokens[close]?.index ?? 0) }, added));
  return edits
    .sort((a, b) => b.at - a.at)
    .reduce((whole, edit) => whole.slice(0, edit.at) + edit.text + whole.slice(edit.at + edit.length), text);
}

/** Appends strings to a list, in the layout of its items. */
function additionEdits(
  text: string,
  {
    open,
    inside,
    strings,
    close,
  }: { open: number; inside: RegExpExecArray[]; strings: RegExpExecArray[]; close: number },
  added: string[],
) {
  const last = strings.at(-1);
  const lastEnd = last ? open + last.index + last[0].length : open;
  const hasComma = inside.some(([token], i) => token === ',' && open + (inside[i]?.index ?? 0) >= lastEnd);
  const comma = last && !hasComma ? [{ at: lastEnd, length: 0, text: ',' }] : [];
  const quoted = added.map((line) => requote(last?.[0] ?? '"', line));
  const isTall = text.slice(open, close).includes('\n');
  if (!isTall) {
    const list = `${last ? ' ' : ''}${quoted.join(', ')}${hasComma ? ',' : ''}`;
    return [{ at: hasComma ? close : lastEnd, length: 0, text: `${comma.length > 0 ? ',' : ''}${list}` }];
  }
  const end = lineEnding(text);
  const line = text.slice(text.lastIndexOf('\n', lastEnd - 1) + 1, lastEnd);
  const indent = last ? (/^[ \t]*/.exec(line)?.[0] ?? '') : '  ';
  const at = text.lastIndexOf('\n', close - 1) + 1;
  const isOwnLine = text.slice(at, close).trim() === '';
  const lines = quoted.map((each) => `${indent}${each},${end}`).join('');
  return [...comma, { at: isOwnLine ? at : close, length: 0, text: isOwnLine ? lines : `${end}${lines}` }];
}

function requote(like: string, value: string): string {
  return like.startsWith("'") && !value.includes("'") ? `'${value}'` : JSON.stringify(value);
}

/** Adds packages to a Pipfile, new ones at the start of `[packages]`. Undefined if anything else would change. */
export function writePipfile(text: string, additions: Addition[]): Written | undefined {
  const end = lineEnding(text);
  const packages = tableOf(parse(text).packages);
  let changed = text;
  const after = { ...packages };
  for (const { name, version, requirement } of additions) {
    if (requirement !== `${name}==${version}`) return undefined;
    const key = Object.keys(packages).find((each) => canonical(each) === canonical(name)) ?? name;
    after[key] = `==${version}`;
    if (key in packages) {
      if (typeof packages[key] !== 'string') return undefined;
      const escaped = key.replace(/[.]/g, '\\.');
      changed = changed.replace(
        new RegExp(`^([ \\t]*["']?${escaped}["']?[ \\t]*=[ \\t]*)(?:"[^"\\n]*"|'[^'\\n]*')`, 'm'),
        `$1"==${version}"`,
      );
    } else {
      const word = /^[\w-]+$/.test(key) ? key : JSON.stringify(key);
      changed = changed.replace(
        /^[ \t]*\[packages\][^\n]*(?:\n|$)/m,
        (header) => `${header.replace(/\r?\n$/, '')}${end}${word} = "==${version}"${end}`,
      );
    }
  }
  if (!isSame(text, changed, (document) => ({ ...document, packages: after }))) return undefined;
  return { text: changed, packages: additions.map(({ name }) => name), notes: [] };
}

/** Whether the new text differs from the old one only by this change. */
function isSame(
  before: string,
  after: string,
  change: (document: Record<string, unknown>) => Record<string, unknown>,
): boolean {
  const sorted = (value: unknown): unknown =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.entries(value)
          .map(([key, each]) => [key, sorted(each)] as const)
          .sort(([a], [b]) => (a < b ? -1 : 1))
      : value;
  try {
    return JSON.stringify(sorted(change(parse(before)))) === JSON.stringify(sorted(parse(after)));
  } catch {
    return false;
  }
}

function setIn(document: Record<string, unknown>, table: string, key: string, value: unknown): Record<string, unknown> {
  return { ...document, [table]: { ...tableOf(document[table]), [key]: value } };
}
