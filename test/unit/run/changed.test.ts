import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { ROOT } from '../../environment/engine.ts';
import { TOUCHED, touchedTests } from '../../run/changed.mjs';

const FILES = readdirSync(path.join(ROOT, 'test'), { recursive: true, encoding: 'utf8' }).map((name) => `test/${name}`);
const isThere = (start: string) =>
  existsSync(path.join(ROOT, start)) ||
  readdirSync(path.join(ROOT, path.dirname(start))).some((name) => name.startsWith(path.basename(start)));

test.each(TOUCHED)('a change of %s leads to tests that there are', (start, tests) => {
  expect(isThere(start)).toBe(true);
  for (const each of tests) expect(FILES.some((file) => file.startsWith(each) && file.endsWith('.test.ts'))).toBe(true);
});

test('a test file that has changed is run, and one life of a session in any case', () => {
  const own = 'test/browser/notebook.test.ts';
  expect(touchedTests([own, 'LICENSE', 'test/unit/a.test.ts'])).toEqual(['test/cli/life-cycle.test.ts', own]);
});

test('the narrowest folder counts', () => {
  expect(touchedTests(['src/environments/r/renv.ts'])).toContain('test/cli/environments-r');
  expect(touchedTests(['src/environments/r/renv.ts'])).not.toContain('test/cli/environment-faults');
});
