import { realpathSync } from 'node:fs';
import type { Client } from '../client/client.ts';
import type { Context } from './context.ts';
import type { CommandDeclaration, Completion, OptionDeclaration } from './declaration.ts';
import { indexOfFirstWord } from './first-word.ts';
import { findCommand, optionsOf, readFlags } from './read-declaration.ts';

/** A word that fits, and what it means. */
type Candidate = [value: string, description: string];

/** What fits, and what is asked of the shell beside it. */
interface Offer {
  candidates: Candidate[];
  kind: 'words' | 'files' | 'projects';
}

/** The kinds that are there without a daemon that knows the user's own. */
const OWN_KINDS: Candidate[] = [
  ['python', 'JupyterLab with Python'],
  ['r', 'JupyterLab with R'],
  ['rstudio', 'RStudio'],
];

/** What fits the word under the cursor, after the words before it. Pressing Tab never starts a daemon. */
export async function complete(input: {
  commands: readonly CommandDeclaration[];
  before: string[];
  current: string;
  context: Context;
}): Promise<Offer> {
  const { commands, before, current, context } = input;
  const { path, words } = locate(commands, before);
  const command = path.at(-1) ?? findCommand(commands, 'start');
  if (!command) return offerWords([]);
  const option = Object.values(optionsOf(command)).find((each) => hasFlag(each, before.at(-1)));
  if (option && readFlags(option).takesValue) return offer(option.completes ?? [], input);
  if (current.startsWith('-') && !before.includes('--')) return offerWords(listOptions(command));
  if (command.subcommands && words.length === 0 && !command.arguments)
    return offerWords(listCommands(command.subcommands));
  const position = words.filter((word) => !word.startsWith('-')).length;
  const { arguments: declared = [] } = command;
  const argument = declared[position] ?? declared.findLast(({ syntax }) => syntax.includes('...'));
  const found = await offer(argument?.completes ?? [], { commands, context });
  const first = path.length === 0 && words.length === 0 ? listCommands(commands) : [];
  const verbs = words.length === 0 ? listCommands(command.subcommands ?? []) : [];
  return { ...found, candidates: [...first, ...verbs, ...found.candidates] };
}

/** The command, and below it the sub-command, that the words before the cursor lead to, and the words that are left for it. */
function locate(
  commands: readonly CommandDeclaration[],
  before: string[],
): { path: CommandDeclaration[]; words: string[] } {
  const start = findCommand(commands, 'start');
  const at = indexOfFirstWord(before, Object.values(start?.options ?? {}).map(readFlags));
  const command = findCommand(commands, before[at] ?? '');
  if (!command) return { path: [], words: before };
  const words = before.slice(at + 1);
  const child = findCommand(command.subcommands ?? [], words[0] ?? '');
  return child ? { path: [command, child], words: words.slice(1) } : { path: [command], words };
}

function hasFlag(option: OptionDeclaration, word: string | undefined): boolean {
  const { short, long } = readFlags(option);
  return word !== undefined && (word === short || word === long);
}

function listOptions(command: CommandDeclaration): Candidate[] {
  const shown = Object.values(optionsOf(command)).filter(({ hidden }) => !hidden);
  const own = shown.map((option): Candidate => {
    const { short, long } = readFlags(option);
    return [long ?? short ?? '', option.description];
  });
  return [...own, ['--help', 'Print this help.']];
}

function listCommands(commands: readonly CommandDeclaration[]): Candidate[] {
  return commands.filter(({ hidden }) => !hidden).map(({ name, summary }) => [name, summary]);
}

async function offer(
  what: Completion,
  { commands, context }: { commands: readonly CommandDeclaration[]; context: Context },
): Promise<Offer> {
  if (typeof what !== 'string') return offerWords(what.map((word) => [word, '']));
  switch (what) {
    case 'files':
    case 'projects':
      return { candidates: [], kind: what };
    case 'commands':
      return offerWords(listCommands(commands));
    case 'sessions':
      return offerWords(await askDaemon(context, listSessions));
    case 'keys':
      return offerWords(await askDaemon(context, listKeys));
    case 'kinds': {
      const known = await askDaemon(context, listKinds);
      return offerWords(known.length > 0 ? known : OWN_KINDS);
    }
  }
}

function offerWords(candidates: Candidate[]): Offer {
  return { candidates, kind: 'words' };
}

/** Without a daemon there is nothing to offer, and never an error to show. */
async function askDaemon(context: Context, list: (client: Client) => Promise<Candidate[]>): Promise<Candidate[]> {
  try {
    return (await context.client.hello()) ? await list(context.client) : [];
  } catch {
    return [];
  }
}

async function listSessions(client: Client): Promise<Candidate[]> {
  const sessions = await client.call('GET /v1/sessions', { query: {} });
  return sessions.map(({ name, state, project }) => [name, `${state}, ${project}`]);
}

async function listKinds(client: Client): Promise<Candidate[]> {
  const kinds = await client.call('GET /v1/kinds', { query: { project: realpathSync(process.cwd()) } });
  return kinds.map(({ name, title }) => [name, title]);
}

async function listKeys(client: Client): Promise<Candidate[]> {
  const entries = await client.call('GET /v1/config', {});
  return entries.map(({ key, description }) => [key, description]);
}
