import { expect, test } from 'vitest';
import { describeRun } from '../../run/report.mjs';

const result = (changes: object) => ({
  ...{ part: 'cli', file: 'cli/stop', title: 'stop removes', ms: 10, passed: true, message: '' },
  ...changes,
});

test('the last line counts, and the reason of each failure is above it', () => {
  const message =
    'AssertionError: expected 1 to be 2\n    at test/cli/stop.test.ts:3:1\n    at node_modules/vitest/x.js:1:1';
  const lines = describeRun({ results: [result({}), result({ passed: false, message })], times: [] });
  expect(lines.at(-1)).toBe('1 passed, 1 failed');
  expect(lines.slice(-6).join('\n')).toContain('✗ cli/stop: stop removes\n  AssertionError: expected 1 to be 2\n');
  expect(lines.join('\n')).not.toContain('node_modules');
});

test('the slowest tests are told, the slowest first, and no more than twenty', () => {
  const results = Array.from({ length: 30 }, (_, n) => result({ title: `test ${n}`, ms: 1000 + n }));
  const told = describeRun({ results, times: [] }).filter((line) => / s {2}cli\/stop: /.test(line));
  expect(told).toHaveLength(20);
  expect(told[0]).toContain('test 29');
});

test('each part has its count, its failures and its time', () => {
  const results = [result({ ms: 1500 }), result({ ms: 500, passed: false }), result({ part: 'unit', ms: 0 })];
  const rows = describeRun({ results, times: [{ title: 'build', ms: 3000 }] });
  expect(rows).toContainEqual(expect.stringMatching(/^cli +2 +1 +2\.0 s$/));
  expect(rows).toContainEqual(expect.stringMatching(/^unit +1 +0 +0\.0 s$/));
  expect(rows).toContain('build 3.0 s');
});
