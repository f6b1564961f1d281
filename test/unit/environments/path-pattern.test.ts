import dockerignore from '@balena/dockerignore';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readIgnoreRules } from '../../../src/environments/dockerfile/ignore-rules.ts';
import { matchesPath, readPathPattern } from '../../../src/environments/dockerfile/path-pattern.ts';

const rules = (text: string) => readIgnoreRules({ path: '.dockerignore', content: Buffer.from(text) });
const name = fc
  .array(fc.constantFrom('a', 'b', 'ab', 'c.d', '-'), { minLength: 1, maxLength: 4 })
  .map((each) => each.join('/'));
const part = fc.constantFrom(
  'a',
  'b',
  'ab',
  '*',
  '?',
  '**',
  'a*',
  '*b',
  '[ab]',
  '[^a]',
  '\\a',
  'c.d',
  '*.*',
  '**b',
  'a**',
);
const rule = fc
  .tuple(fc.constantFrom('', '!', '/', '# ', ' '), fc.array(part, { minLength: 1, maxLength: 4 }))
  .map(([start, parts]) => start + parts.join('/'));

test('rules leave out what another implementation of .dockerignore leaves out', () => {
  // Its types declare an ES module, but it is not one.
  const create = dockerignore as unknown as typeof dockerignore.default;
  fc.assert(
    fc.property(fc.array(rule, { maxLength: 4 }), name, (lines, file) => {
      expect([lines, file, rules(lines.join('\n')).skips(file)]).toEqual([
        lines,
        file,
        create({ ignorecase: false }).add(lines.join('\n')).ignores(file),
      ]);
    }),
    { numRuns: 3000 },
  );
});

test.each([
  ['(a+)+$', 'a'.repeat(60), false],
  [`${'*a'.repeat(100)}b`, 'a'.repeat(255), false],
  [`${'**/'.repeat(100)}b`, 'a/'.repeat(500), false],
  ['[a-z]+', 'a+', true],
  ['a{2}', 'a{2}', true],
  ['[]]', ']', true],
  ['\\*', '*', true],
])('%j takes no longer than its length, and only the signs of a path mean more', (pattern, file, matches) => {
  const start = performance.now();
  expect(matchesPath(readPathPattern(pattern) ?? [], file)).toBe(matches);
  expect(performance.now() - start).toBeLessThan(1000);
});

test('a bracket that stays open, and rules without an end are errors', () => {
  expect(() => rules('a\n[b')).toThrow('.dockerignore, line 2: "[b": a bracket is not closed');
  expect(() => rules('a\n'.repeat(1001))).toThrow('it has more than 1000 rules');
  expect(() => rules('a'.repeat(2000))).toThrow('.dockerignore, line 1: the rule has more than 1000 characters');
});
