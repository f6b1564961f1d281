import path from 'node:path';
import { invalid } from './invalid.ts';
import { type NamedFile, readLines } from './named-files.ts';

/** What a requirements file comes to, with all that it includes. */
export interface Requirements {
  /** The files as pip gets them, the first one first: what cannot be installed at build time is left out. */
  files: NamedFile[];
  /** Those of the files that ask for nothing, and limit what the others do. */
  constraints: NamedFile[];
  /** How many packages they ask for. */
  count: number;
  /** The lines that ask for them: without options, and without what only limits versions. */
  asked: string[];
  /** What was left out or cannot be relied on, a line each. */
  notes: string[];
}

/** Options that a line may consist of. https://pip.pypa.io/en/stable/reference/requirements-file-format/#supported-options */
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
const LOCAL = /^(?:\.{1,2}(?:[\\/]|\[|$)|[\\/~]|file:|[A-Za-z]:\\)|^[^\s@<>=;]+\.(?:whl|zip|tar\.gz)$/;
const NAME = /^[A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?\s*(?:$|[[(<>=!~;@])/;
const REMOTE = /^(?:(?:git|hg|svn|bzr)\+\S+|https?:\/\/\S+)/;
const MOST_FILES = 50;

/**
 * A requirements file and, by `read`, those that it includes with `-r` and `-c`.
 * @throws `environment-invalid` with file and line
 */
export async function readRequirements(
  first: NamedFile,
  read: (file: string) => Promise<NamedFile | undefined>,
): Promise<Requirements> {
  const result: Requirements = { files: [], constraints: [], count: 0, asked: [], notes: [] };
  const seen = new Set([first.path]);
  const waiting: { file: NamedFile; constraint: boolean }[] = [{ file: first, constraint: false }];
  for (let next = waiting.shift(); next; next = waiting.shift()) {
    const { file, constraint } = next;
    const parsed = parseFile(file);
    const written = { path: file.path, content: Buffer.from(`${parsed.lines.join('\n')}\n`) };
    result.files.push(written);
    if (constraint) result.constraints.push(written);
    result.notes.push(...parsed.notes);
    if (!constraint) {
      result.count += parsed.asked.length;
      result.asked.push(...parsed.asked);
    }
    for (const { target, line, isConstraint } of parsed.includes) {
      if (seen.has(target)) continue;
      seen.add(target);
      const found = target.startsWith('../') ? undefined : await read(target);
      if (!found) throw invalid(file.path, `there is no ${target} in the project`, line);
      if (seen.size > MOST_FILES) throw invalid(file.path, `more than ${MOST_FILES} files are included`, line);
      waiting.push({ file: found, constraint: constraint || isConstraint });
    }
  }
  return result;
}

interface ParsedFile {
  lines: string[];
  asked: string[];
  notes: string[];
  includes: { target: string; line: number; isConstraint: boolean }[];
}

function parseFile(file: NamedFile): ParsedFile {
  const parsed: ParsedFile = { lines: [], asked: [], notes: [], includes: [] };
  for (const { text, line } of logicalLines(file)) {
    const include = INCLUDES.exec(text);
    if (include) {
      const [, option = '', target = ''] = include;
      parsed.includes.push({ ...includeOf(file, target, line), line, isConstraint: /c/.test(option.slice(0, 3)) });
      parsed.lines.push(text);
    } else if (text.startsWith('-') && !isEditable(text)) {
      checkOption(file, text, line);
      parsed.lines.push(text);
    } else takeRequirement(file, { text, line }, parsed);
  }
  return parsed;
}

function takeRequirement(file: NamedFile, { text, line }: { text: string; line: number }, parsed: ParsedFile): void {
  const wanted = text.replace(/^(?:-e|--editable)(?:\s*=\s*|\s*)/, '');
  if (LOCAL.test(wanted)) {
    parsed.notes.push(
      `${file.path}, line ${line}: ${wanted} is the project's own code, which stays outside the image: \`pip install --no-deps -e ${wanted}\` in a session, once`,
    );
    return;
  }
  if (REMOTE.test(wanted)) {
    // Without a commit the image holds what was there when it was built, and its tag does not tell.
    if (/^(?:git|hg|svn|bzr)\+/.test(wanted) && !/@[0-9a-f]{40}/.test(wanted))
      parsed.notes.push(`${file.path}, line ${line}: no commit is named: what was there at the build stays`);
  } else if (!NAME.test(wanted)) throw invalid(file.path, `${JSON.stringify(text)} is no requirement`, line);
  parsed.asked.push(text);
  parsed.lines.push(text);
}

/** Lines joined where a backslash ends them, without comments; `line` is where each begins. */
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

function includeOf(file: NamedFile, target: string, line: number): { target: string } {
  const name = target.trim().replace(/^(['"])(.*)\1$/, '$2');
  if (/^[a-z][a-z0-9+.-]+:/i.test(name))
    throw invalid(file.path, `${name} is not included: what lies elsewhere can change without the file`, line);
  if (path.isAbsolute(name)) throw invalid(file.path, `${name} lies outside the project`, line);
  return { target: path.posix.join(path.posix.dirname(file.path), name.replaceAll('\\', '/')) };
}

function isEditable(text: string): boolean {
  return /^(?:-e|--editable)(?=[\s=.])/.test(text);
}

function checkOption(file: NamedFile, text: string, line: number): void {
  const option = text.split(/[\s=]/)[0] ?? '';
  const isKnown = OPTIONS.includes(option) || /^-[if]\S/.test(text);
  if (!isKnown) throw invalid(file.path, `${option} is no option of a requirements file`, line);
  if (/^(-f|--find-links)/.test(text) && !/https?:\/\//.test(text))
    throw invalid(file.path, '--find-links is taken with a URL only: no other file enters the build', line);
}
