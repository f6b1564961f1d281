import type { IncomingMessage, RequestOptions } from 'node:http';
import type { Readable } from 'node:stream';
import { EzjError, isErrorShape } from '../protocol/errors.ts';
import { DAEMON_HOST, PROTOCOL_HEADER, VERSION_HEADER } from '../protocol/headers.ts';
import { PROTOCOL, VERSION } from '../protocol/version.ts';
import { refuseForeignSocket } from './state-folder.ts';

/** A call to the daemon. */
export interface Call {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  path: string;
  body?: unknown;
  /** A body of bytes, instead of `body`. It can be read only once, so the call cannot be repeated. */
  bytes?: Readable;
  signal?: AbortSignal;
}

/**
 * Sends one call through the socket and returns the answer with an unread body. Rejects with node's connection error.
 * @throws `state-unwritable` if the socket could be another user's
 */
export async function send(socketPath: string, { method, path, body, bytes, signal }: Call): Promise<IncomingMessage> {
  refuseForeignSocket(socketPath);
  // Loaded late, because most commands do not need it.
  const { default: http } = await import('node:http');
  return new Promise((resolve, reject) => {
    const payload = body === undefined ? undefined : JSON.stringify(body);
    const options: RequestOptions & { servername: string } = {
      socketPath,
      method,
      path,
      signal,
      agent: false,
      // Without it, node checks whether the host is an IP address, with a regular expression that takes 8 ms.
      servername: '',
      headers: headersOf(payload),
    };
    const request = http.request(options);
    request.on('response', resolve).on('error', reject);
    if (bytes) bytes.pipe(request);
    else request.end(payload);
  });
}

/** The headers of a call with this JSON body. */
export function headersOf(payload: string | undefined): Record<string, string | number> {
  return {
    host: DAEMON_HOST,
    [VERSION_HEADER]: VERSION,
    [PROTOCOL_HEADER]: PROTOCOL,
    ...(payload !== undefined && {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(payload),
    }),
  };
}

/** Reads an answer to its end as JSON. Throws the daemon's error if the status means failure. */
export async function readJson<Result>(answer: IncomingMessage): Promise<Result> {
  const chunks: Buffer[] = [];
  for await (const chunk of answer) chunks.push(chunk as Buffer);
  return parseJson({ statusCode: answer.statusCode ?? 500, text: Buffer.concat(chunks).toString('utf8') });
}

/** The value of an answer. Throws the daemon's error if the status means failure. */
export function parseJson<Result>({ statusCode, text }: { statusCode: number; text: string }): Result {
  const value: unknown = text === '' ? undefined : JSON.parse(text);
  if (statusCode < 400) return value as Result;
  if (isErrorShape(value)) throw new EzjError(value);
  throw new EzjError({ code: 'internal', message: `The daemon answered ${statusCode}: ${text.slice(0, 200)}` });
}
