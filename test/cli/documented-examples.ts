import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { ROOT } from '../environment/engine.ts';

/** A command line that a page shows. */
export interface Example {
  page: string;
  /** As it is typed, without the prompt. */
  line: string;
  /** What the page says that it prints. */
  output: string[];
}

/** Names of all pages for readers, relative to the checkout. */
export function pages(): string[] {
  const docs = readdirSync(path.join(ROOT, 'docs')).filter((name) => name.endsWith('.md'));
  return ['README.md', 'CONTRIBUTING.md', ...docs.map((name) => path.posix.join('docs', name))];
}

/** The text of a page. */
export function readPage(page: string): string {
  return readFileSync(path.join(ROOT, page), 'utf8');
}

/** The lines behind a prompt in the console blocks of a page, in their order. */
export function consoleExamples(page: string): Example[] {
  const blocks = [...readPage(page).matchAll(/^```console\n(.*?)^```/gms)].map(([, block = '']) => block);
  return blocks.flatMap((block) => {
    const examples: Example[] = [];
    for (const line of block.trimEnd().split('\n')) {
      if (line.startsWith('$ ')) examples.push({ page, line: line.slice(2), output: [] });
      else examples.at(-1)?.output.push(line);
    }
    return examples;
  });
}

/** The command lines in the first column of the tables of a page. */
export function tableExamples(page: string): Example[] {
  const cells = [...readPage(page).matchAll(/^\| (`ezj[^|]*?) \|/gm)].map(([, cell = '']) => cell);
  return cells.flatMap((cell) => inlineCode(cell).map((line) => ({ page, line, output: [] })));
}

/** Every command line of ezj that a page names, in blocks, tables and sentences. */
export function namedCommands(page: string): Example[] {
  const prose = readPage(page).replace(/^```.*?^```/gms, '');
  const inline = inlineCode(prose).map((line) => ({ page, line, output: [] }));
  const inBlocks = consoleExamples(page);
  return [...inBlocks, ...inline].flatMap((example) => {
    const [, line] = /^(?:[A-Z_]+=\S+ )*(?:bin\/)?(ezj(?: .*)?)$/.exec(example.line) ?? [];
    return line === undefined ? [] : [{ ...example, line }];
  });
}

function inlineCode(text: string): string[] {
  return [...text.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code.replaceAll('\n', ' '));
}

/** The words of a command line, up to a pipe or redirection. */
export function wordsOf(line: string): string[] {
  return line.replace(/ (?:[|<>#]|&&) ?.*$/, '').split(' ');
}

/** What a documented line of output looks like when it is real: numbers, times and folders may differ. */
export function looksLike(line: string): RegExp {
  const literal = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const parts = line.split(/(…|~\/\S+|\d+ (?:s|min|h|d)\b|\d+|\s+)/).map((part) => {
    if (part === '…') return '\\S+';
    if (part.startsWith('~/')) return `\\S*${literal(part.slice(1))}`;
    if (/^\d+ \w+$/.test(part)) return '\\d+ (?:s|min|h|d)';
    if (/^\d+$/.test(part)) return '\\d+';
    return /^\s+$/.test(part) ? '\\s+' : literal(part);
  });
  return new RegExp(`^${parts.join('')}$`, 'm');
}
