import path from 'node:path';
import { nowParsing } from '../../parsing/now-parsing.ts';
import type { EzjError } from '../../protocol/errors.ts';
import { invalid } from '../files/invalid.ts';
import { type NamedFile, readLines } from '../files/named-files.ts';

/** A requirements file with all that it includes, as read. */
export interface Requirements {
  /** The files for pip, main file first, without lines that a build cannot install. */
  files: NamedFile[];
  /** The names of the files that only constrain versions. */
  constraints: NamedFile[];
  /** The number of packages in them. */
  count: number;
  /** The lines with packages, without options and constraints. */
  asked: string[];
  /** One line for each omission or unreliable entry. */
  notes: string[];
}

/** Options that can fill a line. https://pip.pypa.io/en/stable/reference/requirements-file-format/#supported-options */
const OPTIONS = [
  '-i',
  '--index-url',
  '--extra-index-url',
  '--no-index',
  '-f',
  '--find-links',
  '--no-binary',
  '--only-binary',
  '--prefer-binary',
  '--require-hashes',
  '--pre',
  '--trusted-host',
  '--use-feature',
];

const INCLUDES = /^(-r|--requirement|-c|--constraint)(?:\s*=\s*|\s+|(?<=-[rc]))(.+)$/;
const REMOTE = /^(?:(?:git|hg|svn|bzr)\+(?!file:)\S+|https?:\/\/\S+)/;
const ARCHIVE = /^[^\s@<>=;]+\.(?:whl|zip|tar\.(?:gz|bz2|xz)|tgz)(?:\[|\s|;|$)/;
const LOCAL = /^(?:\.{1,2}(?:[\\/]|\[|$)|[\\/~]|(?:\w+\+)?file:|[A-Za-z]:\\|[\w.-]+\/[\w./-]*(?:\[|$))/;
const MOST_FILES = 50;

/** https://packaging.python.org/en/latest/specifications/dependency-specifiers/, with pip's options after it. */
const REQUIREMENT = (() => {
  const name = String.raw`[A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?\s*(?:\[[\w\s.,-]*\]\s*)?`;
  const clause = String.raw`(?:===|==|~=|!=|<=|>=|<|>)\s*[\w.!+*-]+`;
  const clauses = String.raw`${clause}(?:\s*,\s*${clause})*\s*,?`;
  const options = String.raw`(?:\s+--(?:hash|config-settings?|global-option)[\s=].*)?`;
  return new RegExp(
    String.raw`^${name}(?:${clauses}|\(\s*${clauses}\s*\)|@\s*\S+)?(?:\s*;\s*[\w'"(][^;]*?)?${options}$`,
  );
})();

/** The place of a line, for messages. */
interface Place {
  file: string;
  line?: number;
}

/** A requirements file that ezj derives from another file. Messages name that file, without lines. */
interface Listed extends NamedFile {
  from?: string;
}

/**
 * Parses a requirements file and, through `read`, the files that it includes with `-r` and `-c`.
 * @throws `environment-invalid` with file and line
 */
export async function readRequirements(
  first: Listed,
  read: (file: string) => Promise<NamedFile | undefined>,
): Promise<Requirements> {
  const result: Requirements = { files: [], constraints: [], count: 0, asked: [], notes: [] };
  const seen = new Set([first.path]);
  const waiting: { file: Listed; constraint: boolean }[] = [{ file: first, constraint: false }];
  for (let next = waiting.shift(); next; next = waiting.shift()) {
    const { file, constraint } = next;
    nowParsing(file.from ?? file.path);
    const parsed = parseFile(file);
    const written = { path: file.path, content: Buffer.from(`${parsed.lines.join('\n')}\n`) };
    result.files.push(written);
    if (constraint) result.constraints.push(written);
    result.notes = result.notes.concat(parsed.notes);
    if (!constraint) {
      result.count += parsed.asked.length;
      result.asked = result.asked.concat(parsed.asked);
    }
    for (const { target, at, isConstraint } of parsed.includes) {
      if (seen.has(target)) continue;
      seen.add(target);
      const found = target.startsWith('../') ? undefined : await read(target);
      if (!found) throw refuse(at, `there is no ${target} in the project`);
      if (seen.size > MOST_FILES) throw refuse(at, `more than ${MOST_FILES} files are included`);
      waiting.push({ file: found, constraint: constraint || isConstraint });
    }
  }
  return result;
}

interface ParsedFile {
  lines: string[];
  asked: string[];
  notes: string[];
  includes: { target: string; at: Place; isConstraint: boolean }[];
}

function parseFile(file: Listed): ParsedFile {
  const parsed: ParsedFile = { lines: [], asked: [], notes: [], includes: [] };
  const folder = path.posix.dirname(file.path);
  for (const { text, line } of logicalLines(file)) {
    const at = file.from === undefined ? { file: file.path, line } : { file: file.from };
    checkCharacters(at, text);
    const include = INCLUDES.exec(text);
    if (include) {
      const [, option = '', name = ''] = include;
      const target = includedFile(at, folder, name);
      const isConstraint = /c/.test(option.slice(0, 3));
      parsed.includes.push({ target, at, isConstraint });
      parsed.lines.push(`${isConstraint ? '-c' : '-r'} ${quoted(path.posix.relative(folder, target))}`);
    } else if (text.startsWith('-') && !isEditable(text)) {
      checkOption(at, text);
      parsed.lines.push(text);
    } else takeRequirement(at, text, parsed);
  }
  return parsed;
}

/** Rejects variables, because pip and uv replace them and those of the build hold passwords, and Python's line ends, which start a new line for them. */
function checkCharacters(at: Place, text: string): void {
  const variable = /\$\{\w+\}/.exec(text)?.[0];
  if (variable) throw refuse(at, `${variable}: a build does not get your variables; write the value itself`);
  if (/[^\P{Cc}\t]|[\u2028\u2029]|\\$/u.test(text)) throw refuse(at, `${JSON.stringify(text)} is not a requirement`);
}

function takeRequirement(at: Place, text: string, parsed: ParsedFile): void {
  const editable = /^(?:-e|--editable)(?:\s*=\s*|\s*)(['"]?)(.*)\1$/.exec(text)?.[2];
  const wanted = editable ?? text;
  const isRemote = REMOTE.test(wanted);
  const [, name, own] = /^([\w.-]+)\s*(?:\[.*\])?\s*@\s*(file:\S*)/.exec(wanted) ?? [];
  if (own && /feedstock_root|croot|conda|\/ci(?:_\w+)?\/|\/build\/|\/work\b/i.test(own))
    throw refuse(
      at,
      `${name} comes from a conda build on one machine: \`pip list --format=freeze > requirements.txt\` writes its version`,
    );
  if (own || (!isRemote && (editable !== undefined || LOCAL.test(wanted) || ARCHIVE.test(wanted)))) {
    const folder = (own ?? wanted).replace(/^\w+\+/, '');
    parsed.notes.push(
      `${placeOf(at)}: ${wanted} is the project's own code, which stays outside the image: run \`pip install --no-deps -e ${folder}\` once in a session`,
    );
    return;
  }
  if (!isRemote && !REQUIREMENT.test(wanted.replace(/\s+/g, ' ')))
    throw refuse(at, `${JSON.stringify(text)} is not a requirement${hintFor(wanted)}`);
  // Without a commit, the image holds the version from the time of the build, and its tag does not show it.
  if (/(?:^|@\s*)(?:git|hg|svn|bzr)\+/.test(wanted) && !/@[0-9a-f]{7,40}(?![\w.-])/.test(wanted))
    parsed.notes.push(`${placeOf(at)}: it names no commit: the image keeps the version from the time of the build`);
  parsed.asked.push(wanted);
  // Never editable, because the checkout is gone after the build.
  parsed.lines.push(wanted);
}

function hintFor(wanted: string): string {
  const isConda = /^[\w.-]+\s*=\s*[\w.*]/.test(wanted);
  return isConda ? ': pip needs `==`, and `pip list --format=freeze` writes it' : '';
}

/** Joins lines that end in a backslash and removes comments. `line` is the number of the first line. */
function logicalLines(file: NamedFile): { text: string; line: number }[] {
  const found: { text: string; line: number }[] = [];
  let open: { text: string; line: number } | undefined;
  for (const [i, raw] of readLines(file.content).entries()) {
    const whole = open ?? { text: '', line: i + 1 };
    const goesOn = raw.endsWith('\\') && !/^\s*#/.test(raw);
    whole.text += goesOn ? raw.slice(0, -1) : raw;
    open = goesOn ? whole : undefined;
    if (!open) found.push(whole);
  }
  if (open) found.push(open);
  return found
    .map(({ text, line }) => ({ text: text.replace(/(^|\s+)#.*$/, '').trim(), line }))
    .filter(({ text }) => text);
}

function includedFile(at: Place, folder: string, target: string): string {
  const name = target.trim().replace(/^(['"])(.*)\1$/, '$2');
  if (/^[a-z][a-z0-9+.-]+:/i.test(name))
    throw refuse(at, `${name} is not included: its content can change without a change in the project`);
  if (path.isAbsolute(name)) throw refuse(at, `${name} lies outside the project`);
  return path.posix.join(folder, name.replaceAll('\\', '/'));
}

function quoted(name: string): string {
  return /[\s'"]/.test(name) ? JSON.stringify(name) : name;
}

function isEditable(text: string): boolean {
  return /^(?:-e|--editable)(?=[\s=.])/.test(text);
}

function checkOption(at: Place, text: string): void {
  const option = text.split(/[\s=]/)[0] ?? '';
  const isKnown = OPTIONS.includes(option) || /^-[if]\S/.test(text);
  if (!isKnown) throw refuse(at, `${option} is not an option of a requirements file`);
  if (/^(-f|--find-links)/.test(text) && !/https?:\/\//.test(text))
    throw refuse(at, '--find-links needs a URL: no other file reaches the build');
}

function refuse({ file, line }: Place, reason: string): EzjError {
  return invalid(file, reason, line);
}

function placeOf({ file, line }: Place): string {
  return line === undefined ? file : `${file}, line ${line}`;
}
