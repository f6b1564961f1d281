import { expect, test } from 'vitest';
import { readJsonFile } from '../../../src/environments/files/json-file.ts';
import { readDescription } from '../../../src/environments/r/description.ts';
import { readRuntime } from '../../../src/environments/runtime.ts';

const file = (path: string, text: string) => ({ path, content: Buffer.from(text) });

test('a DESCRIPTION’s packages with their least versions, without R’s own', () => {
  const text = `Package: mine
Depends: R (>= 4.1), methods
Imports:
    ggplot2 (>= 3.4.0),
    data.table
LinkingTo: Rcpp
Suggests: testthat
Remotes: me/other,
    you/more
`;
  expect(readDescription(file('DESCRIPTION', text))).toEqual({
    packages: [
      { name: 'ggplot2', least: '3.4.0' },
      { name: 'data.table', least: '0' },
      { name: 'Rcpp', least: '0' },
    ],
    notes: ['DESCRIPTION: Remotes is not supported (me/other, you/more): name them in install.R, or use renv.lock'],
  });
});

test.each([
  ['Imports: a"); system("id', 'is not a package name, with or without a minimum version'],
  ['Imports: --evil', 'is not a package name, with or without a minimum version'],
  ['Package: x\nno field', 'DESCRIPTION, line 2: "no field" is not a field'],
])('%j is refused', (text, why) => {
  expect(() => readDescription(file('DESCRIPTION', text))).toThrow(why);
});

test.each([
  ['python-3.11', { language: 'python', version: '3.11' }],
  ['r-4.3-2024-01-15\n', { language: 'r', version: '4.3', date: '2024-01-15' }],
  ['r-4.3', { language: 'r', version: '4.3', date: undefined }],
  ['r-2024-02-29', { language: 'r', version: undefined, date: '2024-02-29' }],
  ['r-2024-01-15', { language: 'r', version: undefined, date: '2024-01-15' }],
])('runtime.txt: %j', (text, runtime) => {
  expect(readRuntime(file('runtime.txt', text))).toEqual(runtime);
});

test.each([
  'julia-1.0',
  'r-',
  'r-2024-13-45',
  'r-2024-02-31',
  'r-4.32024-02-01',
  'r4.3',
  'r',
  'python-3.11; id',
  '"); system("id',
])('runtime.txt: %j is refused', (text) => {
  expect(() => readRuntime(file('runtime.txt', text))).toThrow(
    /^runtime\.txt: .* does not look like python-3\.11, r-4\.3-2024-01-15 or r-2024-01-15/,
  );
});

test.each([
  ['{"R": {},\n "Packages": {x}}', 'line 2: column 15'],
  ['{"R": ', 'line 1: column 7'],
])('JSON that does not parse is said with line and column: %j', (text, where) => {
  expect(() => readJsonFile(file('renv.lock', text))).toThrow(`renv.lock, ${where}`);
});
