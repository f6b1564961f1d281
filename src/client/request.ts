import type { IncomingMessage, RequestOptions } from 'node:http';
import type { Readable } from 'node:stream';
import { EzjError, isErrorShape } from '../protocol/errors.ts';
import { DAEMON_HOST, PROTOCOL_HEADER, VERSION_HEADER } from '../protocol/headers.ts';
import { PROTOCOL, VERSION } from '../protocol/version.ts';

/** A call to the daemon. */
export interface Call {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  path: string;
  body?: unknown;
  /** A body of bytes, in place of `body`. It is read once, so that such a call cannot be sent again. */
  bytes?: Readable;
  signal?: AbortSignal;
}

/** Sends one call through the socket and gives the answer, its body unread. Rejects with node's own connection error. */
export async function send(socketPath: string, { method, path, body, bytes, signal }: Call): Promise<IncomingMessage> {
  // Help, versions and usage errors do without.
  const { default: http } = await import('node:http');
  return new Promise((resolve, reject) => {
    const payload = body === undefined ? undefined : JSON.stringify(body);
    const options: RequestOptions & { servername: string } = {
      socketPath,
      method,
      path,
      signal,
      agent: false,
      // Left out, node looks whether the host is an IP address: 8 ms for a regular expression that a socket has no use for.
      servername: '',
      headers: {
        host: DAEMON_HOST,
        [VERSION_HEADER]: VERSION,
        [PROTOCOL_HEADER]: PROTOCOL,
        ...(payload === undefined
          ? {}
          : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(payload) }),
      },
    };
    const request = http.request(options);
    request.on('response', resolve).on('error', reject);
    if (bytes) bytes.pipe(request);
    else request.end(payload);
  });
}

/** Reads an answer to its end as text. */
export async function readText(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of answer) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

/** Reads an answer as JSON; throws the daemon's own error where the status says that it is one. */
export async function readJson<Result>(answer: IncomingMessage): Promise<Result> {
  const text = await readText(answer);
  const value: unknown = text === '' ? undefined : JSON.parse(text);
  if ((answer.statusCode ?? 500) < 400) return value as Result;
  if (isErrorShape(value)) throw new EzjError(value);
  throw new EzjError({ code: 'internal', message: `The daemon answered ${answer.statusCode}: ${text.slice(0, 200)}` });
}
