import { expect, test } from 'vitest';
import { createLineProgress } from '../../../src/cli/terminal/progress.ts';

test('a log gets each step, and what it took where that is over a second', () => {
  const lines: string[] = [];
  let clockMs = 0;
  const progress = createLineProgress(
    { note: (line) => lines.push(line), warn: (line) => lines.push(line) },
    () => clockMs,
  );
  progress.report({ type: 'step', text: 'Building base' });
  clockMs += 61_000;
  progress.report({ type: 'step', text: 'Starting it' });
  clockMs += 900;
  progress.stop();
  expect(lines).toEqual(['Building base', '  took 61 s', 'Starting it']);
});
