import { existsSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { EzjError } from '../protocol/errors.ts';
import { VERSION } from '../protocol/version.ts';
import { COMMANDS, type CommandEntry, findCommand } from './command-list.ts';
import { DEFINITIONS } from './definitions.ts';
import { indexOfFirstWord } from './first-word.ts';
import { EXIT_CODES, rootHelp } from './help.ts';
import { addStartOptions } from './start/start-options.ts';
import { translateSynonym } from './synonyms.ts';
import type { Output } from './terminal/output.ts';

// Here, because a file of its own that shares code with this one would be a third one to load.
export { runAgainAfterJoining } from './run-in-group.ts';

/**
 * Parses the arguments and runs the command. Of the tree only the branch that runs is made: a word that is no command is
 * a folder, and help has its own list.
 * @throws `usage`, and whatever the command throws
 */
export async function runProgram(typed: string[], output: Output): Promise<void> {
  const at = indexOfCommand(typed);
  // A folder of that name was meant before the synonym: ezj DIR needs no ./ but for the names of commands.
  const isFolder = at !== -1 && existsSync(typed[at] ?? '');
  const argv = at === -1 || isFolder ? typed : translateSynonym(typed, at);
  const chosen = findCommand(argv[at] ?? '');
  // Help and completion look at the other commands too.
  const whole = chosen?.name === 'help' || chosen?.name === '__complete';
  const program = createProgram(whole ? COMMANDS : chosen ? [chosen] : [], output);
  try {
    await program.parseAsync(argv, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode !== 0) throw usageError(error, chosen?.name ?? 'start');
  }
}

/** Where the word stands that may be a command's name; -1 for none. The options of a start say which words are values, as in `ezj --name list`. */
function indexOfCommand(argv: string[]): number {
  if (argv[0] !== undefined && !argv[0].startsWith('-')) return 0;
  return indexOfFirstWord(argv, addStartOptions(new Command()).options);
}

/** The tree with these commands below it; with none or all of them, `ezj` itself takes a folder. */
function createProgram(entries: CommandEntry[], output: Output): Command {
  const program = prepare(new Command('ezj'), output);
  program.version(VERSION, '-V, --version', 'the version');
  program.helpInformation = () => `${rootHelp()}\n`;
  if (entries.length !== 1) DEFINITIONS.start?.(program);
  else program.option('--json');
  for (const entry of entries) {
    const command = prepare(program.command(entry.name, { hidden: entry.hidden }), output);
    if (entry.alias) command.alias(entry.alias);
    command.description(`${entry.summary[0]?.toUpperCase()}${entry.summary.slice(1)}.`);
    DEFINITIONS[entry.name]?.(command);
  }
  return program;
}

function prepare(command: Command, output: Output): Command {
  return command
    .exitOverride()
    .helpCommand(false)
    .enablePositionalOptions()
    .addHelpText('after', `\n${EXIT_CODES}`)
    .configureOutput({ writeOut: (text) => output.raw(text), writeErr: () => {} });
}

function usageError(error: CommanderError, command: string): EzjError {
  const message = error.message.replace(/^error: /, '').replace(/\s*\n\s*/g, ' ');
  return new EzjError({ code: 'usage', message, hint: `ezj help ${command}`, cause: error });
}
