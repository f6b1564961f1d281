import type { Readable } from 'node:stream';
import { type Connection, openAnswer } from './connection.ts';
import { toText } from './container-output.ts';
import { openStream } from './engine-call.ts';

/** Which part of a container's output to read. */
export interface LogOptions {
  /** Number of lines from the end. Default: all. */
  tail?: number;
  /** Continue until the container ends or `signal` fires. */
  follow?: boolean;
  signal?: AbortSignal;
}

/** The output of both streams as UTF-8 text. */
export async function containerLogs(connection: Connection, id: string, options: LogOptions): Promise<Readable> {
  const { tail, follow = false, signal } = options;
  const query = { stdout: true, stderr: true, follow, ...(tail === undefined ? {} : { tail }) };
  const path = `/containers/${encodeURIComponent(id)}/logs`;
  const stream = await openStream(connection, { what: `read the log of the container ${id}`, signal }, (abortSignal) =>
    openAnswer(connection, { path, query, abortSignal }),
  );
  return toText(stream);
}
