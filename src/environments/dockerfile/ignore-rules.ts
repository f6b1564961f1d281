import path from 'node:path';
import { invalid } from '../files/invalid.ts';
import { decode, type NamedFile } from '../files/named-files.ts';
import { matchesPath, type PathPattern, readPathPattern } from './path-pattern.ts';

/** What a .dockerignore leaves out of a context. */
export interface IgnoreRules {
  /** Whether this path is left out. */
  skips(name: string): boolean;
  /** Whether this folder is left out with all in it. */
  prunes(name: string): boolean;
}

interface Rule {
  pattern: PathPattern;
  isException: boolean;
  /** Whether a match of a folder at this depth counts for what lies in it. */
  counts: (depth: number) => boolean;
}

/** People write some dozens of rules. With too many, each file of a context would take a moment. */
const MOST_RULES = 1000;
const LONGEST_RULE = 1000;

/**
 * The rules of a .dockerignore; the last one that matches counts.
 * https://docs.docker.com/build/concepts/context/#dockerignore-files
 * @throws `environment-invalid`
 */
export function readIgnoreRules(file: NamedFile | undefined): IgnoreRules {
  const lines = file ? decode(file.content).split(/\r?\n/) : [];
  const rules = lines.flatMap((line, i) => (file && readRule(file, line, i + 1)) ?? []);
  if (file && rules.length > MOST_RULES) throw invalid(file.path, `it has more than ${MOST_RULES} rules`);
  // An exception may lie in an excluded folder.
  const hasExceptions = rules.some(({ isException }) => isException);
  const skips = (name: string) =>
    name !== '.' && rules.findLast(({ pattern, counts }) => matchesPath(pattern, name, counts))?.isException === false;
  return { skips, prunes: (name) => !hasExceptions && skips(name) };
}

function readRule({ path: file }: NamedFile, line: string, number: number): Rule | undefined {
  if (line.startsWith('#')) return undefined;
  const [, exception, rest = ''] = /^(!?)\s*(.*)$/.exec(line.trim()) ?? [];
  if (rest === '') return undefined;
  if (rest.length > LONGEST_RULE) throw invalid(file, `the rule has more than ${LONGEST_RULE} characters`, number);
  const text = path.posix
    .normalize(rest)
    .replace(/(?<=.)\/$/, '')
    .replace(/^\/(?=.)/, '');
  const pattern = readPathPattern(text);
  if (!pattern) throw invalid(file, `${JSON.stringify(rest)}: a bracket is not closed`, number);
  const folders = text.split('/');
  const fixed = folders.filter((each) => each !== '**').length;
  const counts = folders.includes('**')
    ? (depth: number) => depth >= fixed
    : (depth: number) => depth === folders.length;
  return { pattern, isException: exception === '!', counts };
}
