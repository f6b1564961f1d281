import { expect, test } from 'vitest';
import { foreignCode } from '../../../src/environments/python/foreign-code.ts';

test.each([
  ['git+https://example.org/a.git@main', 'git+https://example.org/a.git@main'],
  ['a @ git+ssh://git@example.org/a ; python_version > "3"', 'git+ssh://***@example.org/a'],
  ['a @ https://example.org/a.zip', 'https://example.org/a.zip'],
  ['https://example.org/a-1.0.tar.gz#sha256=ab', 'https://example.org/a-1.0.tar.gz#sha256=ab'],
  ['--index-url https://example.org/simple', 'https://example.org/simple'],
  ['--extra-index-url=https://me:secret@example.org/simple', 'https://***@example.org/simple'],
  ['-ihttps://example.org/simple', 'https://example.org/simple'],
  ['-f https://example.org/wheels.html', 'https://example.org/wheels.html'],
])('what comes from an address of the project’s own is named: %s', (line, shown) => {
  expect(foreignCode('requirements.txt', [line]).map(({ what }) => what)).toEqual([
    expect.stringContaining(`takes packages from ${shown}, as requirements.txt says`),
  ]);
});

test.each([
  'numpy',
  'a[b]>=1 ; os_name == "posix"',
  '--no-index',
  '-c limits.txt',
  'https://example.org/a-1.0-py3-none-any.whl',
  'a @ https://example.org/a-1.0-py3-none-any.whl#sha256=ab',
])('what comes from the user’s index, or runs nothing, is not: %s', (line) =>
  expect(foreignCode('requirements.txt', [line])).toEqual([]));

test('another address is another agreement, another requirement is not', () => {
  const agreed = (...lines: string[]) => foreignCode('requirements.txt', lines).map(({ file }) => String(file.content));
  expect(agreed('numpy', '-i https://a/')).toEqual(agreed('pandas', '-i https://a/'));
  expect(agreed('-i https://a/')).not.toEqual(agreed('-i https://b/'));
});

test.each([
  ['--no-binary ezj-one,ezj-two', 'builds ezj-one, ezj-two from source'],
  ['--no-binary=:all:', 'builds any package from source'],
  ['--only-binary :none:', 'builds any package from source'],
  ['--only-binary ezj-one,:none:', 'builds any package from source'],
])('an option that lets packages be built from source needs an agreement: %s', (line, what) =>
  expect(foreignCode('requirements.txt', [line])).toEqual([
    expect.objectContaining({ what: expect.stringContaining(what) }),
  ]));

test('wheels alone do not', () => expect(foreignCode('requirements.txt', ['--only-binary :all:'])).toEqual([]));
