import { realpathSync } from 'node:fs';
import process from 'node:process';
import { type Command, Option } from 'commander';
import { daemonApi } from '../../client/api.ts';
import { IMAGE_NAMES } from '../../protocol/image.ts';
import { daemonPaths } from '../../protocol/paths.ts';
import { COMMANDS, findCommand } from '../command-list.ts';
import { COMPLETION_SCRIPTS } from '../completion-scripts.ts';
import { indexOfFirstWord } from '../first-word.ts';
import { STACK_NAMES } from '../options/stack.ts';
import { createOutput } from '../terminal/output.ts';

/** A word that fits, and what it means. */
type Candidate = [value: string, description: string];

/** The kinds that are there without a daemon that knows the user's own. */
const OWN_KINDS: Candidate[] = [
  ['python', 'JupyterLab with Python'],
  ['r', 'JupyterLab with R'],
  ['rstudio', 'RStudio'],
];

/** What is asked of the shell beside the candidates. */
type Kind = 'words' | 'files' | 'projects';

/** `ezj __complete -- WORDS…`, which the completion scripts call with the word under the cursor last. */
export function defineComplete(command: Command): void {
  command.argument('[WORDS...]').action(async (words: string[], _options: unknown, self: Command) => {
    const current = words.at(-1) ?? '';
    const { candidates, kind } = await complete(self.parent ?? self, words.slice(0, -1), current);
    const lines = candidates.filter(([value]) => value.startsWith(current)).map((candidate) => candidate.join('\t'));
    createOutput({ json: false }).text([...lines, `:${kind}`].join('\n'));
  });
}

async function complete(
  tree: Command,
  before: string[],
  current: string,
): Promise<{ candidates: Candidate[]; kind: Kind }> {
  const { command, words } = locate(tree, before);
  const option = findOption(command, before.at(-1));
  if (option && (option.required || option.optional))
    return { candidates: await listValues(option), kind: valueKind(option) };
  if (current.startsWith('-') && !before.includes('--')) return { candidates: listOptions(command), kind: 'words' };
  const subcommands = command.commands.map((child): Candidate => [child.name(), child.description()]);
  if (subcommands.length > 0 && command !== tree) return { candidates: subcommands, kind: 'words' };
  const position = words.filter((word) => !word.startsWith('-')).length;
  const argument =
    command.registeredArguments[position] ?? command.registeredArguments.findLast(({ variadic }) => variadic);
  return listArguments(argument?.name(), command === tree && words.length === 0);
}

/** The command that the words before the cursor lead to, and the words that are left for it. */
function locate(tree: Command, before: string[]): { command: Command; words: string[] } {
  const at = indexOfFirstWord(before, tree.options);
  const entry = findCommand(before[at] ?? '');
  const command = tree.commands.find((candidate) => candidate.name() === entry?.name);
  if (!command) return { command: tree, words: before };
  const words = before.slice(at + 1);
  const child = command.commands.find((candidate) => candidate.name() === words[0]);
  return child ? { command: child, words: words.slice(1) } : { command, words };
}

function findOption(command: Command, word: string | undefined): Option | undefined {
  return command.options.find((option) => option.short === word || option.long === word);
}

function valueKind({ long }: Option): Kind {
  return long === '--mount' || long === '--into' || long === '--env-file' ? 'files' : 'words';
}

async function listValues({ long }: Option): Promise<Candidate[]> {
  if (long === '--stack') return STACK_NAMES.map((name) => [name, 'an official Jupyter image']);
  if (long !== '--kind') return [];
  const known = await askDaemon(listKinds);
  return known.length > 0 ? known : OWN_KINDS;
}

function listOptions(command: Command): Candidate[] {
  const help = new Option('--help', 'help on this command');
  return [...command.options, help]
    .filter(({ hidden }) => !hidden)
    .map(({ long, short, description }) => [long ?? short ?? '', description]);
}

async function listArguments(
  name: string | undefined,
  first: boolean,
): Promise<{ candidates: Candidate[]; kind: Kind }> {
  const commands = COMMANDS.filter(({ hidden }) => !hidden).map(({ name, summary }): Candidate => [name, summary]);
  if (name === 'DIR|NOTEBOOK') return { candidates: first ? commands : [], kind: 'projects' };
  if (name === 'FILE') return { candidates: [], kind: 'files' };
  if (name === 'COMMAND') return { candidates: commands, kind: 'words' };
  if (name === 'SHELL')
    return { candidates: Object.keys(COMPLETION_SCRIPTS).map((shell) => [shell, '']), kind: 'words' };
  if (name === 'IMAGE') return { candidates: IMAGE_NAMES.map((image) => [image, '']), kind: 'words' };
  if (name === 'NAME') return { candidates: await askDaemon(listSessions), kind: 'words' };
  if (name === 'KEY') return { candidates: await askDaemon(listKeys), kind: 'words' };
  return { candidates: [], kind: 'words' };
}

/** Pressing Tab never starts a daemon, and never shows an error. */
async function askDaemon(list: (api: ReturnType<typeof daemonApi>) => Promise<Candidate[]>): Promise<Candidate[]> {
  try {
    const api = daemonApi(daemonPaths());
    return (await api.hello()) ? await list(api) : [];
  } catch {
    return [];
  }
}

async function listSessions(api: ReturnType<typeof daemonApi>): Promise<Candidate[]> {
  return (await api.sessions()).map(({ name, state, project }) => [name, `${state}, ${project}`]);
}

async function listKinds(api: ReturnType<typeof daemonApi>): Promise<Candidate[]> {
  return (await api.kinds(realpathSync(process.cwd()))).map(({ name, title }) => [name, title]);
}

async function listKeys(api: ReturnType<typeof daemonApi>): Promise<Candidate[]> {
  return (await api.config()).map(({ key, description }) => [key, description]);
}
