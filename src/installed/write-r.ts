import { tableOf } from '../environments/files/toml-file.ts';
import { type Addition, lineEnding, type Written } from './addition.ts';

/**
 * Adds packages to an renv.lock, as renv writes packages from a repository; without `text`, creates one. Leaves out the
 * hash: renv computes it from the description of the package and does not require it.
 * https://rstudio.github.io/renv/reference/lockfiles.html
 */
export function writeRenvLock(
  text: string | undefined,
  additions: Addition[],
  { rVersion, cran }: { rVersion: string; cran: string },
): Written {
  const document = text === undefined ? newLock(rVersion, cran) : tableOf(JSON.parse(text));
  const packages = { ...tableOf(document.Packages) };
  const [first] = [tableOf(document.R).Repositories].flat().map(tableOf);
  const repository = typeof first?.Name === 'string' ? first.Name : 'CRAN';
  for (const { name, version } of additions) {
    const { Hash: _, ...known } = tableOf(packages[name]);
    packages[name] = {
      Package: name,
      Version: version,
      Source: 'Repository',
      Repository: repository,
      ...(name in packages && { ...known, Version: version }),
    };
  }
  const indent = /^\{\r?\n([ \t]+)/.exec(text ?? '')?.[1] ?? '  ';
  const whole = JSON.stringify(
    { ...document, Packages: inOrder(packages, Object.keys(tableOf(document.Packages))) },
    undefined,
    indent,
  );
  const end = text === undefined || /\n$/.test(text) ? '\n' : '';
  const ending = lineEnding(text ?? '');
  return { text: (whole + end).replaceAll('\n', ending), packages: additions.map(({ name }) => name), notes: [] };
}

function newLock(version: string, cran: string): Record<string, unknown> {
  return { R: { Version: version, Repositories: [{ Name: 'CRAN', URL: cran }] }, Packages: {} };
}

/** Keeps existing entries in place. Inserts a new name before the first name that follows in the alphabet. */
function inOrder(packages: Record<string, unknown>, before: string[]): Record<string, unknown> {
  // renv sorts in the C locale; older versions sort in the user's locale.
  const isPlain = before.every((name, i) => i === 0 || (before[i - 1] ?? '') <= name);
  const follows = (a: string, b: string) => (isPlain ? a > b : a.toLowerCase() > b.toLowerCase());
  const names = [...before];
  for (const name of Object.keys(packages).sort()) {
    if (names.includes(name)) continue;
    const at = names.findIndex((each) => follows(each, name));
    names.splice(at === -1 ? names.length : at, 0, name);
  }
  return Object.fromEntries(names.map((name) => [name, packages[name]]));
}

/** Adds packages to the `Imports` of a DESCRIPTION, with these versions as minimum. */
export function writeDescription(text: string, additions: Addition[]): Written {
  const changed = additions.reduce(importOne, text);
  return { text: changed, packages: additions.map(({ name }) => name), notes: [] };
}

/** The fields that name packages to install, with their continuation lines. */
const FIELDS = /^(?:Depends|Imports|LinkingTo):[^\n]*(?:\n[ \t][^\n]*)*/gm;

function importOne(text: string, { name, version, isNamed }: Addition): string {
  const wanted = `${name} (>= ${version})`;
  const escaped = name.replaceAll('.', '\\.');
  if (isNamed) {
    const entry = new RegExp(`([:,]\\s*)${escaped}(?![\\w.])(?:\\s*\\([^)]*\\))?`);
    return text.replace(FIELDS, (field) => field.replace(entry, `$1${wanted}`));
  }
  const end = lineEnding(text);
  const field = /^Imports:[^\n]*(?:\n[ \t][^\n]*)*/m.exec(text);
  if (!field)
    return `${text}${text === '' || /\n$/.test(text) ? '' : end}Imports:${end}    ${wanted}${/\n$/.test(text) ? end : ''}`;
  const indent = /\n([ \t]+)\S[^\n]*$/.exec(field[0])?.[1];
  const before = field[0].replace(/[\s,]+$/, '');
  const isEmpty = /^Imports:$/.test(before);
  const glue = isEmpty ? `${end}    ` : `,${indent === undefined ? ' ' : end + indent}`;
  const rest = text.slice(field.index + field[0].length);
  return `${text.slice(0, field.index)}${before}${glue}${wanted}${rest.startsWith('\n') && end === '\r\n' ? '\r' : ''}${rest}`;
}
