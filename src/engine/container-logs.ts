import type { Readable } from 'node:stream';
import { type Connection, openAnswer } from './connection.ts';
import { toText } from './container-output.ts';
import { openStream } from './engine-call.ts';

/** What to read of a container's output. */
export interface LogOptions {
  /** Lines from the end; all where missing. */
  tail?: number;
  /** Go on until the container ends or `signal` fires. */
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
