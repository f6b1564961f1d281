import type { Readable } from 'node:stream';
import { EzjError } from '../protocol/errors.ts';
import type { Connection } from './connection.ts';
import { type Failure, statusOf, toEngineError } from './engine-errors.ts';

/** One call of the engine's API. */
export interface Call extends Omit<Failure, 'source'> {
  signal?: AbortSignal;
  /** How long the engine may take to answer. Default 30 s. `Infinity`: until `signal` fires. */
  timeoutMs?: number;
  /** The error at the deadline. Default: `engine-gone`. */
  atDeadline?: () => EzjError;
}

type Run<Result> = (signal: AbortSignal) => Promise<Result>;

/**
 * Runs one call with a deadline. Dockerode has none, so an engine that hangs would hang ezj.
 *
 * @throws `cancelled` when `signal` fires, `engine-gone` or the error of `atDeadline` at the deadline, otherwise the error from {@link toEngineError}
 */
export async function callEngine<Result>({ source }: Connection, call: Call, run: Run<Result>): Promise<Result> {
  const { what, signal, timeoutMs = 30_000 } = call;
  const { atDeadline = () => lateAnswer({ what, source, timeoutMs }) } = call;
  const controller = new AbortController();
  const stopped = new Promise<never>((_, reject) => {
    controller.signal.addEventListener('abort', () => reject(controller.signal.reason));
  });
  const cancel = () => controller.abort(cancelled(what));
  if (signal?.aborted) throw cancelled(what);
  signal?.addEventListener('abort', cancel, { once: true });
  const timer = Number.isFinite(timeoutMs) ? setTimeout(() => controller.abort(atDeadline()), timeoutMs) : undefined;
  try {
    // A race, because dockerode's promise never settles if the engine dies during an answer.
    return await Promise.race([run(controller.signal), stopped]);
  } catch (thrown) {
    throw toEngineError(controller.signal.reason ?? thrown, { ...call, source });
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', cancel);
  }
}

/** Like {@link callEngine}, but returns undefined if the engine answers with one of the statuses in `absent`. */
export async function callUnlessAbsent<Result>(
  connection: Connection,
  call: Call & { absent: number[] },
  run: Run<Result>,
): Promise<Result | undefined> {
  return callEngine<Result | undefined>(connection, call, async (signal) => {
    try {
      return await run(signal);
    } catch (thrown) {
      const status = statusOf(thrown);
      if (status !== undefined && call.absent.includes(status)) return undefined;
      throw thrown;
    }
  });
}

/**
 * Opens a stream. The deadline applies until the answer begins. Then the stream stays open until its end, or until `signal`
 * destroys it with a `cancelled` error.
 */
export async function openStream(
  connection: Connection,
  call: Call,
  open: Run<NodeJS.ReadableStream>,
): Promise<Readable> {
  const { signal } = call;
  const stream = (await callEngine(connection, call, open)) as Readable;
  const cancel = () => stream.destroy(cancelled(call.what));
  if (signal?.aborted) cancel();
  signal?.addEventListener('abort', cancel, { once: true });
  stream.once('close', () => signal?.removeEventListener('abort', cancel));
  return stream;
}

/** The error of a call that its caller cancelled. */
export function cancelled(what: string): EzjError {
  return new EzjError({ code: 'cancelled', message: `Cancelled: ${what}` });
}

function lateAnswer({ what, source, timeoutMs }: { what: string; source: string; timeoutMs: number }): EzjError {
  const seconds = Math.round(timeoutMs / 100) / 10;
  return new EzjError({
    code: 'engine-gone',
    message: `Could not ${what}: the engine at ${source} did not answer within ${seconds} s`,
    hint: 'Check whether the engine is stuck: `docker version`. If that hangs too, restart the engine.',
  });
}
