/** The selection of extras and groups to install from a lock. */
export interface Selection {
  extras: string[];
  groups: string[];
}

const TOKEN =
  /\s*(\(|\)|\b(?:and|or)\b|(?:"[^"]*"|'[^']*'|[\w.]+)\s*(?:not\s+in|in|===|[<>=!~]=|[<>])\s*(?:"[^"]*"|'[^']*'|[\w.]+))/y;

/**
 * Evaluates the parts of a lock file's marker that only its tools know, `extras` and `dependency_groups`, by a selection.
 * Returns the rest of the marker, true or false if nothing else is in it, undefined if it is not a marker.
 * https://packaging.python.org/en/latest/specifications/pylock-toml/#packages-marker
 */
export function decideMarker(marker: string, selection: Selection): string | boolean | undefined {
  const tokens = tokensOf(marker);
  if (!tokens) return undefined;
  const value = either(tokens, selection);
  return tokens.length === 0 ? value : undefined;
}

type Value = string | boolean | undefined;

function tokensOf(marker: string): string[] | undefined {
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  while (marker.slice(TOKEN.lastIndex).trim() !== '') {
    const at = TOKEN.lastIndex;
    const found = TOKEN.exec(marker);
    if (!found || TOKEN.lastIndex === at) return undefined;
    tokens.push(found[1] ?? '');
  }
  return tokens;
}

function either(tokens: string[], selection: Selection): Value {
  let value = all(tokens, selection);
  while (tokens[0] === 'or') {
    tokens.shift();
    value = join(value, all(tokens, selection), 'or');
  }
  return value;
}

function all(tokens: string[], selection: Selection): Value {
  let value = single(tokens, selection);
  while (tokens[0] === 'and') {
    tokens.shift();
    value = join(value, single(tokens, selection), 'and');
  }
  return value;
}

function single(tokens: string[], { extras, groups }: Selection): Value {
  const token = tokens.shift();
  if (token === '(') {
    const value = either(tokens, { extras, groups });
    return tokens.shift() === ')' ? value : undefined;
  }
  if (token === undefined || /^(?:\)|and|or)$/.test(token)) return undefined;
  const [, name = '', not, list] = /^["'](.*)["']\s*(not\s+)?in\s*(extras|dependency_groups)$/.exec(token) ?? [];
  if (list === undefined) return token;
  return (list === 'extras' ? extras : groups).includes(name) === (not === undefined);
}

function join(one: Value, other: Value, word: 'and' | 'or'): Value {
  if (one === undefined || other === undefined) return undefined;
  const settles = word === 'or';
  if (one === settles || other === settles) return settles;
  if (typeof one === 'boolean') return other;
  return typeof other === 'boolean' ? one : `(${one}) ${word} (${other})`;
}
