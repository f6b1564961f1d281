import type { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import type { Context } from 'hono';
import { stream } from 'hono/streaming';
import type { CallContext } from '../../concurrency/shared-work.ts';
import { toEzjError } from '../../protocol/errors.ts';
import type { StreamEvent } from '../../protocol/events.ts';
import { encodeFrame } from '../../protocol/frames.ts';
import { beginStream, orFailure } from '../call-scope.ts';
import { log } from '../log.ts';

/** Follows a call that also returns bytes. */
export interface ByteCallContext extends CallContext {
  /** Resolves when the caller can take more data. */
  write: (data: Buffer) => Promise<unknown>;
}

/**
 * Responds with NDJSON: the events of a long call, then exactly one `done` or `error`. The signal fires when the caller
 * disconnects or the daemon closes. `body`: the rest of the request. ezj reads it to the end, because a connection that
 * closes earlier is an error for the caller, who then misses the response.
 */
export function streamEvents<Result>(
  c: Context,
  closing: AbortSignal,
  work: (call: CallContext) => Promise<Result>,
  body: Readable,
): Response {
  c.header('content-type', 'application/x-ndjson');
  const encode = (event: StreamEvent<Result>) => `${JSON.stringify(event)}\n`;
  return answer(c, closing, { encode, work, ended: () => drain(body, closing) });
}

/** Like {@link streamEvents}, but in frames, with bytes between the events. */
export function streamFrames<Result>(
  c: Context,
  closing: AbortSignal,
  work: (call: ByteCallContext) => Promise<Result>,
): Response {
  c.header('content-type', 'application/octet-stream');
  const encode = (event: StreamEvent<Result>) => encodeFrame({ event });
  return answer(c, closing, { encode, work });
}

function answer<Result>(
  c: Context,
  closing: AbortSignal,
  {
    encode,
    work,
    ended,
  }: {
    encode: (event: StreamEvent<Result>) => string | Buffer;
    work: (call: ByteCallContext) => Promise<Result>;
    ended?: () => Promise<void>;
  },
): Response {
  const hungUp = new AbortController();
  const logEnd = beginStream();
  return stream(c, async (out) => {
    out.onAbort(() => hungUp.abort());
    const send = limitWaiting(encode, (data) => out.write(data));
    const write = (data: Buffer) => out.write(encodeFrame({ data }));
    const signal = AbortSignal.any([hungUp.signal, closing]);
    try {
      const result = await orFailure(work({ report: send, signal, write }));
      logEnd('done');
      await send({ type: 'done', result });
    } catch (thrown) {
      const error = toEzjError(thrown);
      if (error.code === 'internal') log(`${c.req.path}: ${error.stack}`);
      logEnd(error.code);
      await send({ type: 'error', error: error.toJSON() });
    }
    await ended?.();
  });
}

/** Progress that a later event replaces. */
const REPLACED = ['output', 'layer', 'build-step'];
const MOST_WAITING = 2 ** 20;

/**
 * Leaves progress out while a caller does not read, such as a command that Ctrl-Z has stopped: a build can print without
 * an end, and all of it would wait here.
 */
function limitWaiting<Result>(
  encode: (event: StreamEvent<Result>) => string | Buffer,
  write: (data: string | Buffer) => Promise<unknown>,
): (event: StreamEvent<Result>) => Promise<void> {
  let waiting = 0;
  return async (event) => {
    if (waiting > MOST_WAITING && REPLACED.includes(event.type)) return;
    const data = encode(event);
    waiting += data.length;
    await write(data);
    waiting -= data.length;
  };
}

async function drain(body: Readable, signal: AbortSignal): Promise<void> {
  body.unpipe();
  body.resume();
  await finished(body, { signal }).catch(() => {});
}
