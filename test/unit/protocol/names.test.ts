import fc from 'fast-check';
import { expect, test } from 'vitest';
import { freeName, slug } from '../../../src/protocol/names.ts';

test.each([
  ['My Project', 'my-project'],
  ['données: été', 'donnees-ete'],
  ['it\'s "quoted"', 'it-s-quoted'],
  ['数据', 'notebook'],
  ['--x--', 'x'],
  ['', 'notebook'],
])('the folder %j is the session %s', (folder, name) => {
  expect(slug(folder)).toBe(name);
});

test('every folder name gives a host label', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (folder) => /^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$/.test(slug(folder))),
  );
});

test('a name that is taken gets the first free number', () => {
  expect(freeName('a', [])).toBe('a');
  expect(freeName('a', ['a'])).toBe('a-2');
  expect(freeName('a', ['a', 'a-2', 'a-3'])).toBe('a-4');
});
