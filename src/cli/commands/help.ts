import type { Command } from 'commander';
import { EzjError } from '../../protocol/errors.ts';
import { COMMANDS, findCommand } from '../command-list.ts';
import { rootHelp } from '../help.ts';
import { nearestWord } from '../nearest-word.ts';
import { createOutput, type Output } from '../terminal/output.ts';

/** `ezj help [COMMAND]`. */
export function defineHelp(command: Command): void {
  command
    .argument('[COMMAND]')
    .option('--json', 'the commands as JSON')
    .action((name: string | undefined, options: { json?: boolean }, self: Command) =>
      help({ name, tree: self.parent, output: createOutput({ json: options.json ?? false }) }),
    );
}

function help({ name, tree, output }: { name?: string; tree: Command | null; output: Output }): void {
  if (output.json)
    output.result(
      COMMANDS.filter(({ hidden }) => !hidden),
      '',
    );
  else if (name === undefined) output.text(rootHelp());
  else findBranch(name, tree).outputHelp();
}

function findBranch(name: string, tree: Command | null): Command {
  const entry = findCommand(name);
  const branch = tree?.commands.find((command) => command.name() === entry?.name);
  if (branch) return branch;
  const near = nearestWord(
    name,
    COMMANDS.map((known) => known.name),
  );
  throw new EzjError({
    code: 'usage',
    message: `There is no command ${JSON.stringify(name)}`,
    hint: near ? `Did you mean ezj help ${near}?` : 'ezj help lists them',
  });
}
