import { existsSync } from 'node:fs';
import { CommanderError } from 'commander';
import { EzjError } from '../protocol/errors.ts';
import { COMMANDS } from './commands/index.ts';
import { startCommand } from './commands/start.ts';
import { indexOfFirstWord } from './first-word.ts';
import { findCommand, readFlags } from './read-declaration.ts';
import { translateSynonym } from './synonyms.ts';
import type { Output } from './terminal/output.ts';
import { createTree } from './tree.ts';

// Here, because a file of its own that shares code with this one would be a third one to load.
export { runAgainAfterJoining } from './run-in-group.ts';

/**
 * Parses the arguments and runs the command. Of the tree only the branch that runs is made: a word that is no command is
 * a folder.
 * @throws `usage`, and whatever the command throws
 */
export async function runProgram(typed: string[], output: Output): Promise<void> {
  const at = indexOfCommand(typed);
  // A folder of that name was meant before the synonym: ezj DIR needs no ./ but for the names of commands.
  const isFolder = at !== -1 && existsSync(typed[at] ?? '');
  const argv = at === -1 || isFolder ? typed : translateSynonym(typed, at);
  const chosen = findCommand(COMMANDS, argv[at] ?? '');
  const dashes = argv.indexOf('--');
  const afterDashes = dashes === -1 ? [] : argv.slice(dashes + 1);
  try {
    await createTree({ commands: COMMANDS, chosen, afterDashes, output }).parseAsync(argv, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode !== 0) throw usageError(error, chosen?.name ?? 'start');
  }
}

/** Where the word stands that may be a command's name; -1 for none. The options of a start say which words are values, as in `ezj --name list`. */
function indexOfCommand(argv: string[]): number {
  if (argv[0] !== undefined && !argv[0].startsWith('-')) return 0;
  return indexOfFirstWord(argv, Object.values(startCommand.options ?? {}).map(readFlags));
}

function usageError(error: CommanderError, command: string): EzjError {
  const message = error.message.replace(/^error: /, '').replace(/\s*\n\s*/g, ' ');
  return new EzjError({ code: 'usage', message, hint: `ezj help ${command}`, cause: error });
}
