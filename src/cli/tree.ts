import { Argument, Command, Option } from 'commander';
import { VERSION } from '../protocol/version.ts';
import { createContext } from './context.ts';
import type { ArgumentDeclaration, CommandDeclaration, Invocation, OptionDeclaration } from './declaration.ts';
import { EXIT_CODES, rootHelp } from './help.ts';
import { findCommand, optionsOf, sentence, usageOf } from './read-declaration.ts';
import { createOutput, type Output } from './terminal/output.ts';

/** What every command of a tree is run with. */
type Surroundings = Pick<Invocation, 'commands' | 'afterDashes'>;

/**
 * The tree of commander for one command, or for a start where none is chosen: `ezj` itself takes a folder. Others would
 * only cost time.
 */
export function createTree(input: {
  commands: readonly CommandDeclaration[];
  chosen?: CommandDeclaration;
  afterDashes?: string[];
  output: Output;
}): Command {
  const { commands, chosen, afterDashes = [], output } = input;
  const surroundings = { commands, afterDashes };
  const program = prepare(new Command('ezj'), output);
  program.version(VERSION, '-V, --version', 'Print the version.');
  program.helpInformation = () => `${rootHelp(commands)}\n`;
  const start = findCommand(commands, 'start');
  if (!chosen) {
    if (start) applyDeclaration(program, start, surroundings);
    return program.addHelpText('after', `\n${EXIT_CODES}`);
  }
  const command = prepare(program.option('--json').command(chosen.name), output);
  applyDeclaration(command.description(sentence(chosen.summary)), chosen, surroundings);
  command.addHelpText('after', `\n${EXIT_CODES}`);
  return program;
}

function prepare(command: Command, output: Output): Command {
  return command
    .exitOverride()
    .helpCommand(false)
    .helpOption('-h, --help', 'Print this help.')
    .enablePositionalOptions()
    .configureOutput({ writeOut: (text) => output.raw(text), writeErr: () => {} });
}

/** Gives a command of commander what is declared: arguments, options, help, action, and its sub-commands. */
export function applyDeclaration(command: Command, declared: CommandDeclaration, surroundings: Surroundings): Command {
  if (declared.alias) command.alias(declared.alias);
  if (declared.usage) command.usage(`[options] ${usageOf(declared)}`);
  for (const each of declared.arguments ?? []) command.addArgument(toArgument(each));
  for (const [key, each] of Object.entries(optionsOf(declared))) {
    command.addOption(toOption(key, each));
    if (each.also) command.addOption(toOption(key, { ...each, flags: each.also, hidden: true }));
  }
  const below = describeBelow(declared);
  if (below) command.addHelpText('after', below);
  for (const child of declared.subcommands ?? []) {
    applyDeclaration(command.command(child.name).description(sentence(child.summary)), child, surroundings);
  }
  return command.action((...given: unknown[]) => {
    const { json = false, ...options } = command.optsWithGlobals<Record<string, unknown> & { json?: boolean }>();
    const args = given.slice(0, declared.arguments?.length ?? 0);
    return declared.run({ args, options, context: createContext(createOutput({ json })), ...surroundings });
  });
}

function toArgument({ syntax, description, default: standard }: ArgumentDeclaration): Argument {
  return new Argument(syntax, description).default(standard);
}

function toOption(key: string, declared: OptionDeclaration): Option {
  const option = new Option(declared.flags, declared.description)
    .default(declared.default)
    .hideHelp(declared.hidden === true);
  // The key is the declaration's: commander would take `--no-env` for the negation of `--env`.
  option.attributeName = () => key;
  option.negate = declared.switchesOff === true;
  if (declared.group) option.helpGroup(`${declared.group}:`);
  return declared.parse ? option.argParser(declared.parse) : option;
}

function describeBelow({ examples = [], notes }: CommandDeclaration): string {
  const width = Math.max(...examples.map(([line]) => line.length));
  const lines = examples.map(([line, meaning]) => `  ${line.padEnd(width)}  ${meaning}`);
  return [...(lines.length > 0 ? ['\nExamples:', ...lines] : []), ...(notes ? [`\n${notes}`] : [])].join('\n');
}
