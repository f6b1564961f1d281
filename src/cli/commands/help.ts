import { EzjError } from '../../protocol/errors.ts';
import { type CommandDeclaration, declareCommand } from '../declaration.ts';
import { argument } from '../declare-option.ts';
import { rootHelp } from '../help.ts';
import { nearestWord } from '../nearest-word.ts';
import { findCommand, optionsOf, usageOf } from '../read-declaration.ts';
import { translateSynonym } from '../synonyms.ts';
import { createTree } from '../tree.ts';

/** `ezj help [COMMAND]`. */
export const helpCommand = declareCommand({
  name: 'help',
  summary: 'help on a command',
  json: 'Print the commands as JSON.',
  arguments: [argument('[COMMAND]', 'A command of ezj', { completes: 'commands' })],
  run({ args: [name], context: { output }, commands }) {
    const shown = commands.filter(({ hidden }) => !hidden);
    if (output.json) return output.result(shown.map(toJson), '');
    // As it is typed: `ezj help ps` is about `ezj list`, and `version` is an option.
    const [word = ''] = name === undefined ? [] : translateSynonym([name], 0);
    if (word === '' || word.startsWith('-')) return output.text(rootHelp(commands));
    createTree({ commands, chosen: findOrSuggest(word, commands), output }).commands[0]?.outputHelp();
  },
});

function toJson(command: CommandDeclaration) {
  const { name, alias, summary } = command;
  const options = Object.values(optionsOf(command)).filter(({ hidden }) => !hidden);
  return { name, alias, usage: usageOf(command), summary, options: options.map(({ flags }) => flags) };
}

function findOrSuggest(name: string, commands: readonly CommandDeclaration[]): CommandDeclaration {
  const found = findCommand(commands, name);
  if (found) return found;
  const near = nearestWord(
    name,
    commands.map((known) => known.name),
  );
  throw new EzjError({
    code: 'usage',
    message: `There is no command ${JSON.stringify(name)}`,
    hint: near ? `Did you mean ezj help ${near}?` : 'ezj help lists them',
  });
}
