import { expect, test } from 'vitest';
import type { Addition } from '../../../src/installed/addition.ts';
import { lineDiff } from '../../../src/installed/line-diff.ts';
import { writeConda } from '../../../src/installed/write-conda.ts';
import { writeDescription, writeRenvLock } from '../../../src/installed/write-r.ts';
import { writeRequirements } from '../../../src/installed/write-requirements.ts';
import { writePipfile, writePyproject } from '../../../src/installed/write-toml.ts';

const add = (name: string, version = '1.0'): Addition => ({
  name,
  version,
  requirement: `${name}==${version}`,
  isNamed: false,
});
const change = (name: string, version = '2.0'): Addition => ({ ...add(name, version), isNamed: true });
const byUrl: Addition = { ...add('u'), requirement: 'u @ git+https://example.org/u@abc' };

const requirements = (text: string, ...additions: Addition[]) => writeRequirements(text, additions, 'requirements.txt');

test.each([
  ['', [add('a')], 'a==1.0\n'],
  ['b\n', [add('a')], 'b\na==1.0\n'],
  ['b # why', [add('a')], 'b # why\na==1.0'],
  ['b\r\n\r\n# end\r\n', [add('a'), byUrl], 'b\r\n\r\n# end\r\na==1.0\r\nu @ git+https://example.org/u@abc\r\n'],
  ['-r base.txt\n--pre\nb\n', [add('a')], '-r base.txt\n--pre\nb\na==1.0\n'],
  ['x\na==1.0 # pinned\ny\n', [change('a')], 'x\na==2.0 # pinned\ny\n'],
  ['  a >= 1 , < 3\n', [change('a')], '  a==2.0\n'],
  [
    'Zope.Interface[test, docs]~=5.0 ; python_version > "3"  # c\n',
    [change('zope-interface')],
    'Zope.Interface[test, docs]==2.0 ; python_version > "3"  # c\n',
  ],
  ['a;python_version>"3"\n', [change('a')], 'a==2.0;python_version>"3"\n'],
  ['a\n', [change('a')], 'a==2.0\n'],
  ['a-b==1\na==1\n', [change('a')], 'a-b==1\na==2.0\n'],
  [
    'u==1;python_version>"3"\n',
    [{ ...byUrl, isNamed: true }],
    'u @ git+https://example.org/u@abc ;python_version>"3"\n',
  ],
  ['u @ https://example.org/u.whl ; python_version > "3"\n', [change('u')], 'u==2.0 ; python_version > "3"\n'],
  ['a==1 --config-settings=x=y\n', [change('a')], 'a==2.0 --config-settings=x=y\n'],
])('in requirements %j, all but what is written stays', (text, additions, expected) => {
  expect(requirements(text, ...additions)).toMatchObject({ text: expected, notes: [] });
});

test.each([
  ['a==1; python_version<"3"\na==2; python_version>="3"\n', 'a is on more than one line: write a==2.0 yourself'],
  ['-r base.txt\n', 'a is in a file that it includes, or spans several lines: write a==2.0 there yourself'],
  ['a \\\n  ==1\n', 'a is in a file that it includes, or spans several lines: write a==2.0 there yourself'],
])('a line of requirements %j that cannot be changed alone is left, and said', (text, note) => {
  expect(requirements(text, change('a'))).toEqual({ text, packages: [], notes: [`requirements.txt: ${note}`] });
});

test.each([
  'a==1 \\\n  --hash=sha256:00\n',
  '--require-hashes\na==1\n',
])('requirements with hashes take none without: %j', (text) => {
  expect(() => requirements(text, add('b'))).toThrow(/requirements\.txt: its lines have hashes.*pip-compile or uv/);
});

test.each([
  [
    'name: x # mine\ndependencies:\n  - numpy=1.26  # fast\n  - pip\n  - pip:\n      - b   # why\n      - a==1.0 # pin\nvariables: {}\n',
    'name: x # mine\ndependencies:\n  - numpy=1.26  # fast\n  - pip\n  - pip:\n      - b   # why\n      - a==2.0 # pin\n      - n==1.0\nvariables: {}\n',
  ],
  [
    'dependencies:\r\n- numpy   # fast\r\n\r\n# end\r\n',
    'dependencies:\r\n- numpy   # fast\r\n- pip\r\n- pip:\r\n  - a==2.0\r\n  - n==1.0\r\n\r\n# end\r\n',
  ],
  [
    'dependencies:\n  - python=3.11\n  - pip',
    'dependencies:\n  - python=3.11\n  - pip\n  - pip:\n    - a==2.0\n    - n==1.0',
  ],
  ['dependencies: [numpy, pip] # all\n', 'dependencies: [ numpy, pip, { pip: [ a==2.0, n==1.0 ] } ] # all\n'],
])('in the environment.yml %j, pip’s list gets what is new, and comments, order and line endings stay', (text, expected) => {
  expect(writeConda(text, [change('a'), add('n')])).toMatchObject({ text: expected, packages: ['a', 'n'] });
});

test('a requirement that YAML would read otherwise is quoted', () => {
  const text = 'dependencies:\n  - pip:\n    - "a[x]>=1"\n';
  expect(writeConda(text, [change('a'), byUrl]).text).toBe(
    'dependencies:\n  - pip:\n    - a[x]==2.0\n    - "u @ git+https://example.org/u@abc"\n',
  );
});

test.each([
  [
    '[project]\nname = "x"\ndependencies = [\n  "b", # why\n  \'a>=1; python_version > "3"\', # pin\n]\n\n[tool.x]\ny = 1\n',
    '[project]\nname = "x"\ndependencies = [\n  "b", # why\n  \'a==2.0; python_version > "3"\', # pin\n  \'n==1.0\',\n]\n\n[tool.x]\ny = 1\n',
  ],
  ['[project]\r\ndependencies = ["a"] # all\r\n', '[project]\r\ndependencies = ["a==2.0", "n==1.0"] # all\r\n'],
  ['[project]\ndependencies = [\n    "a"\n]\n', '[project]\ndependencies = [\n    "a==2.0",\n    "n==1.0",\n]\n'],
  ['[project]\ndependencies = ["a",]\n', '[project]\ndependencies = ["a==2.0", "n==1.0",]\n'],
])('in the pyproject.toml %j, dependencies are added and changed in place', (text, expected) => {
  expect(writePyproject(text, [change('a'), add('n')])?.text).toBe(expected);
});

test.each([
  [
    '[project]\nname = "x"\n[tool.x]\ndependencies = ["a"]\n',
    '[project]\ndependencies = [\n  "n==1.0",\n]\nname = "x"\n[tool.x]\ndependencies = ["a"]\n',
  ],
  ['[project]\ndependencies = []\n', '[project]\ndependencies = ["n==1.0"]\n'],
  ['[tool.poetry]\nname = "x"\n', undefined],
  ['[project]\ndynamic = ["dependencies"]\n', undefined],
  ['project.dependencies = ["a"]\n', undefined],
])('the pyproject.toml %j gets a first dependency only where it has a place for it', (text, expected) => {
  expect(writePyproject(text, [add('n')])?.text).toBe(expected);
});

test('a Pipfile gets packages and other pins, and all else stays', () => {
  const text =
    '[[source]]\nurl = "x" # ours\n\n[packages]\n# first\na = "*"  # why\nc = {version = "*", extras = ["d"]}\n\n[dev-packages]\na = "*"\n';
  expect(writePipfile(text, [change('a'), add('n')])?.text).toBe(
    '[[source]]\nurl = "x" # ours\n\n[packages]\nn = "==1.0"\n# first\na = "==2.0"  # why\nc = {version = "*", extras = ["d"]}\n\n[dev-packages]\na = "*"\n',
  );
  expect(writePipfile(text, [change('c')])).toBeUndefined();
  expect(writePipfile(text, [byUrl])).toBeUndefined();
});

const NEW = { rVersion: '4.5.0', cran: 'https://cran.example.org' };

test('an renv.lock gets packages where the alphabet has them, and all else stays as it was', () => {
  const record = (name: string, version: string, more = '') =>
    `    "${name}": {\n      "Package": "${name}",\n      "Version": "${version}",\n      "Source": "Repository",\n      "Repository": "RSPM"${more}\n    }`;
  const head =
    '{\n  "R": {\n    "Version": "4.3.1",\n    "Repositories": [\n      {\n        "Name": "RSPM",\n        "URL": "https://example.org"\n      }\n    ]\n  },\n  "Packages": {\n';
  const before = [record('R6', '2.5'), record('ab', '1.0', ',\n      "Hash": "00"'), record('zoo', '1.0')];
  const after = [record('MASS', '7.3-60'), record('R6', '2.5'), record('ab', '2.0'), record('zoo', '1.0')];
  const whole = (records: string[]) => `${head}${records.join(',\n')}\n  }\n}\n`;
  for (const end of ['\n', '\r\n']) {
    const text = whole(before).replaceAll('\n', end);
    const written = writeRenvLock(text, [change('ab'), add('MASS', '7.3-60')], NEW);
    expect(written.text).toBe(whole(after).replaceAll('\n', end));
  }
});

test('a new renv.lock is one that renv reads', () => {
  expect(JSON.parse(writeRenvLock(undefined, [add('zoo'), add('ab')], NEW).text)).toEqual({
    R: { Version: '4.5.0', Repositories: [{ Name: 'CRAN', URL: 'https://cran.example.org' }] },
    Packages: {
      ab: { Package: 'ab', Version: '1.0', Source: 'Repository', Repository: 'CRAN' },
      zoo: { Package: 'zoo', Version: '1.0', Source: 'Repository', Repository: 'CRAN' },
    },
  });
});

test.each([
  [
    'Package: x\nImports: b,\n    a (>= 1.0)\nSuggests: a\n',
    'Package: x\nImports: b,\n    a (>= 2.0),\n    n (>= 1.0)\nSuggests: a\n',
  ],
  ['Imports: a\r\nDescription: a\r\n  a\r\n', 'Imports: a (>= 2.0), n (>= 1.0)\r\nDescription: a\r\n  a\r\n'],
  ['Depends: R (>= 4), a\nTitle: A\n', 'Depends: R (>= 4), a (>= 2.0)\nTitle: A\nImports:\n    n (>= 1.0)\n'],
])('in the DESCRIPTION %j, Imports get what is new', (text, expected) => {
  expect(writeDescription(text, [change('a'), add('n')]).text).toBe(expected);
});

test('a difference is told as `diff -U0` tells it', () => {
  expect(lineDiff('a\nb\nc\n', 'a\nB\nc\nd\n', 'f')).toBe('--- f\n+++ f\n@@ -2 +2 @@\n-b\n+B\n@@ -3,0 +4 @@\n+d');
  expect(lineDiff('', 'a\nb\n', 'f')).toBe('--- f\n+++ f\n@@ -0,0 +1,2 @@\n+a\n+b');
});

test.each([
  'name: mine\ndependencies:\n',
  'name: mine\n',
])('an environment.yml that asks for nothing yet gets its first package: %j', (text) => {
  expect(writeConda(text, [add('n')]).text).toMatch(/^name: mine\ndependencies:\n *- pip:\n *- n==[\d.]+\n$/);
});
