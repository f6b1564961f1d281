import type { Sandbox } from '../environment/sandbox.ts';
import { wordsOf } from './documented-examples.ts';

/** Every command with the options that its help shows; a command of two words stands with both. */
export type Help = Map<string, Set<string>>;

/** Options that every command has, and one that is accepted without being shown. */
const EVERYWHERE = ['-h', '--help', '--json', '--version'];
const UNSHOWN: Record<string, string[]> = { start: ['-r', '-2'] };

/** Folders of the pages, whose names look like commands. */
const FOLDERS = ['analysis', 'demo'];

/** Asks the built command line for the help of all commands. */
export async function readHelp({ run }: Sandbox): Promise<Help> {
  const help: Help = new Map();
  const root = await run(['--help']);
  const names = /^Commands:\n(.*?)^\n/ms.exec(root.stdout)?.[1] ?? '';
  const commands = [...names.matchAll(/^ {2}([a-z]+(?:, [a-z]+)*)/gm)].flatMap(([, list = '']) => list.split(', '));
  await Promise.all(['start', ...commands].map((name) => readCommand([name], { run, help })));
  return help;
}

async function readCommand(words: string[], { run, help }: Pick<Sandbox, 'run'> & { help: Help }): Promise<void> {
  const { stdout } = await run([...words, '--help']);
  const options = [...stdout.matchAll(/^ {2}(-.*?)(?: {2,}|$)/gm)].flatMap(([, column = '']) =>
    [...column.matchAll(/(?<=^|, )--?[\w-]+/g)].map(([option]) => option),
  );
  help.set(words.join(' '), new Set(options));
  const section = /^Commands:\n(.*)/ms.exec(stdout)?.[1] ?? '';
  const verbs = [...section.matchAll(/^ {2}([a-z]+)/gm)].map(([, verb = '']) => verb);
  if (words.length === 1) await Promise.all(verbs.map((verb) => readCommand([...words, verb], { run, help })));
}

/** What is wrong with a command line: a command or an option that is not there. Undefined where nothing is. */
export function faultOf(line: string, help: Help): string | undefined {
  const [, ...words] = wordsOf(line);
  const { command, rest } = commandOf(words, help);
  const known = new Set([...EVERYWHERE, ...(help.get(command) ?? []), ...(UNSHOWN[command] ?? [])]);
  const dashes = rest.indexOf('--');
  const options = (dashes === -1 ? rest : rest.slice(0, dashes)).filter((word) => /^-[\w-]/.test(word));
  const unknown = options.map((option) => option.replace(/=.*$/, '')).find((option) => !known.has(option));
  return unknown === undefined ? undefined : `${command} has no ${unknown}`;
}

function commandOf(words: string[], help: Help): { command: string; rest: string[] } {
  const [first = '', second = ''] = words;
  if (help.has(`${first} ${second}`)) return { command: `${first} ${second}`, rest: words.slice(2) };
  if (help.has(first)) return { command: first, rest: words.slice(1) };
  return { command: 'start', rest: words };
}

/** The word of a command line that looks like a command and is none; a path, an address or a placeholder is no command. */
export function unknownWord(line: string, help: Help): string | undefined {
  const [, first = ''] = wordsOf(line);
  if (!/^[a-z]+$/.test(first) || FOLDERS.includes(first) || first === 'ls' || help.has(first)) return undefined;
  return first;
}

/** The options in the tables of a section of docs/commands.md. */
export function documentedOptions(section: string): Set<string> {
  const cells = [...section.matchAll(/^\| (`-.*?`) \|/gm)].map(([, cell = '']) => cell);
  return new Set(cells.flatMap((cell) => [...cell.matchAll(/(?<=`)--?[\w-]+/g)].map(([option]) => option)));
}
