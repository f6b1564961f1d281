import http from 'node:http';
import { withDeadline } from '../engine/deadline.ts';
import { readBounded } from '../protocol/bounded-read.ts';
import { EzjError } from '../protocol/errors.ts';
import type { Server } from './running-server.ts';

const TIMEOUT_MS = 10_000;

/** A request to the server of a session. */
export interface Question {
  method?: 'GET' | 'POST';
  path: string;
  headers?: http.OutgoingHttpHeaders;
  body?: string;
  /** How much of the body to read. Default: none. */
  bodyBytes?: number;
  /** The total time of the request, to the end of the body. Default 10 s. */
  timeoutMs?: number;
  signal?: AbortSignal;
}

/** What the server answers. `body` has the bytes as they came: nothing is decompressed. */
export interface ServerAnswer {
  status: number;
  headers: http.IncomingHttpHeaders;
  body: string;
}

/**
 * Asks the server of a session, which may be any program: in a limited time, for a limited body, and at its own address
 * only, because no redirect is followed. Undefined if there is no answer.
 * @throws `answer-too-long` if the body is longer than `bodyBytes`
 */
export async function askServer(server: Server, question: Question): Promise<ServerAnswer | undefined> {
  const { timeoutMs = TIMEOUT_MS, signal } = question;
  return withDeadline({ signal, ms: timeoutMs }, (limit) => askInTime(server, question, limit));
}

async function askInTime(server: Server, question: Question, limit: AbortSignal): Promise<ServerAnswer | undefined> {
  const { bodyBytes = 0 } = question;
  const answer = await send(server, question, limit);
  if (answer === undefined) return undefined;
  const { statusCode: status = 0, headers } = answer;
  if (bodyBytes === 0) {
    answer.on('error', () => {}).destroy();
    return { status, headers, body: '' };
  }
  const what = `The answer of the server on ${server.address}:${server.port} to ${question.path.replace(/\?.*/s, '')}`;
  try {
    const body = await readBounded(answer, { what, bytes: bodyBytes, signal: limit });
    return { status, headers, body: body.toString('utf8') };
  } catch (error) {
    if (error instanceof EzjError && error.code === 'answer-too-long') throw error;
    return undefined;
  }
}

/** The answer with an unread body. */
function send(
  { address, port }: Server,
  { method = 'GET', path, headers, body }: Question,
  signal: AbortSignal,
): Promise<http.IncomingMessage | undefined> {
  return new Promise((resolve) => {
    const request = http.request({ host: address, port, method, path, headers, agent: false, signal });
    request.on('response', resolve);
    request.on('error', () => resolve(undefined));
    // For example, a server that switches to another protocol.
    request.on('close', () => resolve(undefined));
    request.end(body);
  });
}
