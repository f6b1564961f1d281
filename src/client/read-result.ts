import type { IncomingMessage } from 'node:http';
import { EzjError } from '../protocol/errors.ts';
import type { Report, StreamEvent } from '../protocol/events.ts';
import type { Frame } from '../protocol/frames.ts';
import { readLines } from '../protocol/lines.ts';
import type { DaemonPaths } from '../protocol/paths.ts';
import { daemonGone } from './connect.ts';
import { isConnectionLost } from './connection-errors.ts';
import { readJson } from './request.ts';

interface Reader {
  paths: DaemonPaths;
  report: Report;
  signal?: AbortSignal;
  write?: (data: Buffer) => Promise<void>;
}

/** The events of an answer in NDJSON. */
export async function* readEvents<Result>(answer: IncomingMessage): AsyncGenerator<Frame<Result>> {
  for await (const line of readLines(answer)) if (line !== '') yield { event: JSON.parse(line) as StreamEvent<Result> };
}

/**
 * Follows an answer to its result. Passes progress to `report` and bytes to `write`.
 * @throws the error of the daemon; `cancelled`; `daemon-gone` if the answer ends without a result
 */
export async function readResult<Result>(
  answer: IncomingMessage,
  frames: AsyncIterable<Frame<Result>>,
  reader: Reader,
): Promise<Result> {
  if ((answer.statusCode ?? 500) >= 400) return readJson<Result>(answer);
  try {
    for await (const frame of frames) {
      const end = await take(frame, reader);
      if (end) return end.result;
    }
  } catch (error) {
    if (reader.signal?.aborted) throw new EzjError({ code: 'cancelled', message: 'Cancelled.', cause: error });
    if (isConnectionLost(error)) throw daemonGone(reader.paths, error);
    throw error;
  }
  throw daemonGone(reader.paths);
}

/** Handles one frame. Returns the result if this frame holds it. */
async function take<Result>(frame: Frame<Result>, { report, write }: Reader): Promise<{ result: Result } | undefined> {
  if ('data' in frame) await write?.(frame.data);
  else if (frame.event.type === 'done') return { result: frame.event.result };
  else if (frame.event.type === 'error') throw new EzjError(frame.event.error);
  else report(frame.event);
  return undefined;
}
