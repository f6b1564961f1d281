import { expect, test } from 'vitest';
import { SharedWork } from '../../../src/concurrency/shared-work.ts';
import type { ProgressEvent } from '../../../src/protocol/events.ts';

const nobody = () => new AbortController().signal;
const silent = () => {};

/** Work that ends when told to, and counts how often it was begun. */
function controlledWork() {
  const begun: { finish: (result: string) => void; signal: AbortSignal; report: (event: ProgressEvent) => void }[] = [];
  const work = ({ report, signal }: { report: (event: ProgressEvent) => void; signal: AbortSignal }) =>
    new Promise<string>((resolve, reject) => {
      begun.push({ finish: resolve, signal, report });
      signal.addEventListener('abort', () => reject(new Error('cancelled')));
    });
  return { begun, work };
}

test('work of one key runs once and gives all callers its result', async () => {
  const shared = new SharedWork<string>();
  const { begun, work } = controlledWork();
  const results = [1, 2, 3].map(() => shared.run('key', { report: silent, signal: nobody() }, work));
  begun[0]?.finish('done');
  expect(await Promise.all(results)).toEqual(['done', 'done', 'done']);
  expect(begun).toHaveLength(1);
  expect(shared.size).toBe(0);
});

test('who begins the work gets what it reports at once', async () => {
  const shared = new SharedWork<string>();
  const seen: string[] = [];
  const report = (event: ProgressEvent) => void seen.push(event.type);
  await shared.run('key', { report, signal: nobody() }, async (call) => {
    call.report({ type: 'step', text: 'Pulling' });
    return 'done';
  });
  expect(seen).toEqual(['step']);
});

test('every caller gets the events from when it came', async () => {
  const shared = new SharedWork<string>();
  const { begun, work } = controlledWork();
  const seen: [string[], string[]] = [[], []];
  const follow = (index: 0 | 1) =>
    shared.run('key', { report: (event) => seen[index].push(event.type), signal: nobody() }, work);
  const first = follow(0);
  begun[0]?.report({ type: 'step', text: 'one' });
  const second = follow(1);
  begun[0]?.report({ type: 'warning', text: 'two' });
  begun[0]?.finish('done');
  await Promise.all([first, second]);
  expect(seen).toEqual([['step', 'warning'], ['warning']]);
});

test('work goes on while one caller is left, and is cancelled when the last has hung up', async () => {
  const shared = new SharedWork<string>();
  const { begun, work } = controlledWork();
  const callers = [new AbortController(), new AbortController()];
  const results = callers.map(({ signal }) => shared.run('key', { report: silent, signal }, work));
  callers[0]?.abort();
  expect(begun[0]?.signal.aborted).toBe(false);
  callers[1]?.abort();
  expect(begun[0]?.signal.aborted).toBe(true);
  await expect(Promise.all(results)).rejects.toThrow('cancelled');
});

test('a caller who comes during the cancellation gets work of its own', async () => {
  const shared = new SharedWork<string>();
  const { begun, work } = controlledWork();
  const gone = new AbortController();
  const first = shared.run('key', { report: silent, signal: gone.signal }, work);
  gone.abort();
  const second = shared.run('key', { report: silent, signal: nobody() }, work);
  await expect(first).rejects.toThrow('cancelled');
  await expect.poll(() => begun.length).toBe(2);
  begun[1]?.finish('again');
  expect(await second).toBe('again');
});
