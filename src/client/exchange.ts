import type { IncomingHttpHeaders } from 'node:http';
import type { Socket } from 'node:net';
import { type Call, headersOf } from './request.ts';

/** An answer that has arrived completely. */
export interface WholeAnswer {
  statusCode: number;
  headers: IncomingHttpHeaders;
  text: string;
}

/**
 * Sends one call through the socket and returns its whole answer. Rejects with a connection error as node:http does.
 *
 * It speaks HTTP/1.0 itself, because loading and running node:http takes a third of the time of a short command. In
 * HTTP/1.0 nothing is chunked, and the end of the connection is the end of the answer.
 */
export async function exchange(socketPath: string, { method, path, body, signal }: Call): Promise<WholeAnswer> {
  const { default: net } = await import('node:net');
  const socket = net.connect({ path: socketPath, signal });
  const payload = body === undefined ? undefined : JSON.stringify(body);
  const headers = Object.entries(headersOf(payload)).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.write(`${method} ${path} HTTP/1.0\r\n${headers.join('')}\r\n${payload ?? ''}`);
  return parse(await readToEnd(socket));
}

async function readToEnd(socket: Socket): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of socket) {
    // A program that is not the daemon may never end its answer.
    if (chunks.push(chunk as Buffer) === 1) refuseOther(chunk as Buffer);
  }
  return Buffer.concat(chunks);
}

function refuseOther(first: Buffer): void {
  if ('HTTP/1.'.startsWith(first.toString('latin1', 0, 7))) return;
  throw Object.assign(new Error('the answer is not HTTP'), { code: 'HPE_INVALID_CONSTANT' });
}

function parse(bytes: Buffer): WholeAnswer {
  const end = bytes.indexOf('\r\n\r\n');
  if (end === -1) throw cutOff();
  const [status = '', ...lines] = bytes.toString('latin1', 0, end).split('\r\n');
  const headers = Object.fromEntries(lines.map(splitHeader));
  const text = bytes.subarray(end + 4);
  if (text.length < Number(headers['content-length'] ?? 0)) throw cutOff();
  return { statusCode: Number(status.split(' ')[1]), headers, text: text.toString('utf8') };
}

function splitHeader(line: string): [string, string] {
  const colon = line.indexOf(':');
  return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
}

function cutOff(): Error {
  return Object.assign(new Error('the connection ended before the answer'), { code: 'ECONNRESET' });
}
