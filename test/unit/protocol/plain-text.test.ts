import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isPlain, plainText } from '../../../src/protocol/plain-text.ts';

test.each([
  ['a line break', 'a\nb', 'a\\nb'],
  ['a carriage return', 'a\rb', 'a\\rb'],
  ['an escape sequence', 'a\u001b[2Kb', 'a\\u{1b}[2Kb'],
  ['a C1 control', 'a\u009bb', 'a\\u{9b}b'],
  ['a line separator', 'a\u2028b', 'a\\u{2028}b'],
  ['a right-to-left override', 'a\u202eb', 'a\\u{202e}b'],
  ['an isolate', 'a\u2066b', 'a\\u{2066}b'],
  ['a zero-width space', 'a\u200bb', 'a\\u{200b}b'],
  ['an invisible letter', 'a\u3164b', 'a\\u{3164}b'],
  ['a tag character', 'a\u{e0041}b', 'a\\u{e0041}b'],
  ['a no-break space', 'a\u00a0b', 'a\\u{a0}b'],
  ['spaces that fill a line', 'a   b', 'a \\u{20}\\u{20}b'],
  ['half a pair', 'a\ud800b', 'a\\u{d800}b'],
])('%s is escaped', (_, text, shown) => {
  expect(isPlain(text)).toBe(false);
  expect(plainText(text)).toBe(shown);
});

test.each([
  '/data/Ergebnisse 2026',
  'Müller & Søn',
  '日本語',
  'a b c',
  '🙂',
  'e\u0301',
])('%s stays as it is', (text) => {
  expect(isPlain(text)).toBe(true);
  expect(plainText(text)).toBe(text);
});

test('a long text ends with what is left out', () => {
  expect(plainText('x'.repeat(500), 200)).toBe(`${'x'.repeat(200)}… (300 more characters)`);
});

test('whatever comes in, what comes out is plain', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(isPlain(plainText(text))).toBe(true);
    }),
  );
});
