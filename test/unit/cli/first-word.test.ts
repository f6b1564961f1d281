import { expect, test } from 'vitest';
import { indexOfFirstWord } from '../../../src/cli/first-word.ts';
import { readFlags } from '../../../src/cli/read-declaration.ts';
import { START_OPTIONS } from '../../../src/cli/start/start-options.ts';

const options = Object.values(START_OPTIONS).map(readFlags);

test.each([
  ['--json list', 'list'],
  ['--name list', undefined],
  ['--name list data', 'data'],
  ['--name=x list', 'list'],
  ['-q -d -v images', undefined],
  ['-qdv images stop', 'stop'],
  ['-v../images stop', 'stop'],
  ['-e A=1 --env-file list -3 .', '.'],
  ['-- list', undefined],
  ['--unknown list', 'list'],
])('the first word of "%s" that is no option and no value is %s', (line, word) => {
  const argv = line.split(' ');
  expect(argv[indexOfFirstWord(argv, options)]).toBe(word);
});
