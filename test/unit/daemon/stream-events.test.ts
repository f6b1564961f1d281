import { Readable } from 'node:stream';
import { Hono } from 'hono';
import { expect, test } from 'vitest';
import { streamEvents } from '../../../src/daemon/routes/stream-events.ts';
import type { Report } from '../../../src/protocol/events.ts';

/** What a caller gets who reads only when the work is over. */
async function answerTo(work: (report: Report) => void): Promise<string> {
  const app = new Hono();
  let over = () => {};
  const ended = new Promise<void>((resolve) => {
    over = resolve;
  });
  app.get('/', (c) =>
    streamEvents(
      c,
      new AbortController().signal,
      async ({ report }) => {
        work(report);
        over();
        return 'the result';
      },
      Readable.from([]),
    ),
  );
  const answer = await app.request('/');
  await ended;
  return answer.text();
}

test('output for a caller who does not read is left out, and nothing else', async () => {
  const answer = await answerTo((report) => {
    for (let i = 0; i < 30_000; i += 1) report({ type: 'output', line: 'x'.repeat(1000) });
    report({ type: 'warning', text: 'read this' });
  });
  expect(answer.length).toBeLessThan(3 * 2 ** 20);
  expect(
    answer
      .trimEnd()
      .split('\n')
      .slice(-2)
      .map((line) => JSON.parse(line)),
  ).toEqual([
    { type: 'warning', text: 'read this' },
    { type: 'done', result: 'the result' },
  ]);
});

test('output that fits is all there', async () => {
  const answer = await answerTo((report) => {
    for (let i = 0; i < 100; i += 1) report({ type: 'output', line: `line ${i}` });
  });
  expect(answer.split('\n')).toHaveLength(102);
});
