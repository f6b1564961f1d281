import { once } from 'node:events';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { withDeadline } from '../../../src/engine/deadline.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Never ends by itself. Resolves with the reason of the signal. */
async function untilAborted(signal: AbortSignal): Promise<unknown> {
  const aborted = once(signal, 'abort');
  collectGarbage();
  await aborted;
  return signal.reason;
}

test('a deadline fires after a garbage collection, beside a signal that does not', async () => {
  const reason = await withDeadline({ signal: new AbortController().signal, ms: 50 }, untilAborted);
  expect(reason).toMatchObject({ name: 'TimeoutError' });
});

test('a signal ends the work before the deadline', async () => {
  const stop = new AbortController();
  const ended = withDeadline({ signal: stop.signal, ms: 60_000 }, untilAborted);
  stop.abort('enough');
  expect(await ended).toBe('enough');
});
