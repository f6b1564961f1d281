import { expect, test } from 'vitest';
import { terminalSize } from '../../../src/cli/terminal/session-terminal.ts';

test('a terminal that says it has no columns gets the usual size', () => {
  expect(terminalSize({ columns: 0, rows: 0 })).toEqual({ columns: 80, rows: 24 });
  expect(terminalSize({})).toEqual({ columns: 80, rows: 24 });
  expect(terminalSize({ columns: 120, rows: 40 })).toEqual({ columns: 120, rows: 40 });
});
