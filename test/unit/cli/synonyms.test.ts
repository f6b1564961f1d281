import { expect, test } from 'vitest';
import { helpCommand } from '../../../src/cli/commands/help.ts';
import { COMMANDS } from '../../../src/cli/commands/index.ts';
import { createContext } from '../../../src/cli/context.ts';
import { findCommand } from '../../../src/cli/read-declaration.ts';
import { translateSynonym } from '../../../src/cli/synonyms.ts';
import { createOutput, type Output } from '../../../src/cli/terminal/output.ts';

test.each([
  [['ps'], ['list']],
  [
    ['status', '--json'],
    ['list', '--json'],
  ],
  [
    ['--json', 'kill', 'name'],
    ['--json', 'stop', 'name'],
  ],
  [['rm'], ['stop']],
  [['down'], ['stop']],
  [
    ['exec', 'name', '--', 'ls'],
    ['shell', 'name', '--', 'ls'],
  ],
  [['clean'], ['prune']],
  [['version'], ['--version']],
  [['list'], ['list']],
  [['toString'], ['toString']],
])('%j means %j', (typed, meant) => {
  expect(translateSynonym(typed, typed[0]?.startsWith('-') ? 1 : 0)).toEqual(meant);
});

test.each(['top', 'install', 'update', 'upgrade'])('%s, which ezj does not have, leads to what to type', (word) => {
  expect(() => translateSynonym([word], 0)).toThrow(
    expect.objectContaining({
      code: 'usage',
      message: `ezj has no command ${word}`,
      hint: expect.stringMatching(/ezj/),
    }),
  );
});

test('no command of ezj is hidden by a synonym', () => {
  for (const word of ['ps', 'status', 'rm', 'kill', 'down', 'exec', 'clean', 'version', 'top', 'install', 'update']) {
    expect(findCommand(COMMANDS, word)).toBeUndefined();
  }
});

/** What `ezj help WORD` prints. */
async function helpOn(word: string): Promise<string> {
  const printed: string[] = [];
  const print = (text: string) => printed.push(text);
  const output = { ...createOutput({ json: false }), text: print, raw: print } as Output;
  const context = { ...createContext(output), output };
  await helpCommand.run({ args: [word], options: {}, context, afterDashes: [], commands: COMMANDS });
  return printed.join('');
}

test.each([
  ['ps', 'Usage: ezj list|ls'],
  ['down', 'Usage: ezj stop'],
  ['exec', 'Usage: ezj shell'],
  ['version', 'Usage: ezj [options] [DIR|NOTEBOOK|URL]'],
])('ezj help %s shows %s', async (word, usage) => {
  expect(await helpOn(word)).toContain(usage);
});
