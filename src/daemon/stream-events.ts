import type { Context } from 'hono';
import { stream } from 'hono/streaming';
import type { Follower } from '../concurrency/shared-work.ts';
import { toEzjError } from '../protocol/errors.ts';
import type { StreamEvent } from '../protocol/events.ts';
import { log } from './log.ts';

/**
 * Answers with NDJSON: the events of a long call, then exactly one `done` or `error`. The signal that the work gets fires
 * when the caller hangs up or the daemon closes.
 */
export function streamEvents<Result>(
  c: Context,
  closing: AbortSignal,
  work: (follower: Follower) => Promise<Result>,
): Response {
  const hungUp = new AbortController();
  c.header('content-type', 'application/x-ndjson');
  return stream(c, async (out) => {
    out.onAbort(() => hungUp.abort());
    const send = (event: StreamEvent<Result>) => out.write(`${JSON.stringify(event)}\n`);
    const signal = AbortSignal.any([hungUp.signal, closing]);
    try {
      const result = await work({ report: send, signal });
      await send({ type: 'done', result });
    } catch (thrown) {
      const error = toEzjError(thrown);
      if (error.code === 'internal') log(`${c.req.path}: ${error.stack}`);
      await send({ type: 'error', error: error.toJSON() });
    }
  });
}
