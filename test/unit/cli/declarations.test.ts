import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { COMMANDS } from '../../../src/cli/commands/index.ts';
import { complete } from '../../../src/cli/complete.ts';
import { createContext } from '../../../src/cli/context.ts';
import type { CommandDeclaration, OptionDeclaration } from '../../../src/cli/declaration.ts';
import { withTables } from '../../../src/cli/option-tables.ts';
import { optionsOf, readFlags } from '../../../src/cli/read-declaration.ts';
import { createOutput } from '../../../src/cli/terminal/output.ts';
import { createTree } from '../../../src/cli/tree.ts';

const output = createOutput({ json: false });
const context = createContext(output);
const page = readFileSync(path.resolve(import.meta.dirname, '../../../docs/commands.md'), 'utf8');

/** Every command and sub-command, with the words that lead to it. */
const ALL = COMMANDS.flatMap((command): [string, CommandDeclaration][] => [
  [command.name, command],
  ...(command.subcommands ?? []).map((child): [string, CommandDeclaration] => [`${command.name} ${child.name}`, child]),
]);

/** What users see. */
const SHOWN = ALL.filter(([name]) => name !== '__complete');

function shownOptions(command: CommandDeclaration): OptionDeclaration[] {
  return Object.values(optionsOf(command)).filter(({ hidden }) => !hidden);
}

function flagsOf(option: OptionDeclaration): string[] {
  const { short, long } = readFlags(option);
  return [short, long, option.also].filter((each) => each !== undefined);
}

function helpOf(words: string): string {
  const [name, child] = words.split(' ');
  const [command] = createTree({
    commands: COMMANDS,
    chosen: COMMANDS.find((each) => each.name === name),
    output,
  }).commands;
  const branch = child ? command?.commands.find((each) => each.name() === child) : command;
  return branch?.helpInformation() ?? '';
}

const completeAfter = (before: string[], current: string) => complete({ commands: COMMANDS, before, current, context });

describe.each(SHOWN)('ezj %s', (words, command) => {
  test('every option completes', async () => {
    const { candidates } = await completeAfter(words.split(' '), '-');
    const offered = candidates.map(([value]) => value);
    for (const option of shownOptions(command)) {
      const { short, long } = readFlags(option);
      expect(offered).toContain(long ?? short);
    }
  });

  test('every option and argument is in its help', () => {
    const help = helpOf(words);
    for (const option of shownOptions(command)) expect(help).toContain(`  ${option.flags}`);
    for (const { syntax } of command.arguments ?? []) expect(help).toContain(syntax.replace(/[[\]<>]|\.\.\./g, ''));
  });

  test('every option is in the docs', () => {
    const table = page.split(`<!-- options of ${words} -->`)[1]?.split('<!-- end -->')[0] ?? '';
    for (const option of Object.values(command.options ?? {}).filter(({ hidden }) => !hidden)) {
      for (const name of flagsOf(option)) expect(table).toMatch(new RegExp(`\`${name}[\` [A-Z]`));
    }
  });

  test('it has a section in the docs, and every sub-command stands in its table', () => {
    if (words !== 'start' && !words.includes(' ')) expect(page).toMatch(new RegExp(`^## ezj ${words}( |$)`, 'm'));
    for (const child of command.subcommands ?? []) expect(page).toMatch(new RegExp(`ezj ${words} ${child.name}\\b`));
  });
});

test('the values of an option with a list of them complete', async () => {
  for (const [words, command] of SHOWN) {
    for (const option of Object.values(command.options ?? {})) {
      if (typeof option.completes !== 'object') continue;
      const { candidates } = await completeAfter([...words.split(' '), flagsOf(option)[0] ?? ''], '');
      expect(candidates.map(([value]) => value)).toEqual(option.completes);
    }
  }
});

test('the tables of docs/commands.md are what is declared (npm run docs writes them)', () => {
  expect(withTables(page, COMMANDS)).toBe(page);
});

test('no two commands have one name, and no two options of a command one flag', () => {
  const names = COMMANDS.flatMap(({ name, alias }) => [name, ...(alias ? [alias] : [])]);
  expect(names).toEqual([...new Set(names)]);
  for (const [words, command] of ALL) {
    const flags = Object.values(optionsOf(command)).flatMap(flagsOf);
    expect({ words, flags }).toEqual({ words, flags: [...new Set(flags)] });
  }
});
