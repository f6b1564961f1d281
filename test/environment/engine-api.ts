import http from 'node:http';
import { engineSocket } from './engine.ts';

/** One call of the engine's API. */
export interface EngineRequest {
  method?: 'GET' | 'POST' | 'DELETE';
  path: string;
  query?: Record<string, string>;
  headers?: Record<string, string>;
  /** Sent as JSON. */
  body?: object;
  socket?: string;
}

/**
 * Calls the engine's API without the code under test, so that a test can check what that code says.
 * Throws the engine's own message for any status from 400 on; returns the parsed JSON, or the text where it is none.
 */
export function request({
  method = 'GET',
  path,
  query = {},
  headers = {},
  body,
  socket = engineSocket(),
}: EngineRequest): Promise<unknown> {
  const search = new URLSearchParams(query).toString();
  const target = search === '' ? path : `${path}?${search}`;
  return new Promise((resolve, reject) => {
    const all = body === undefined ? headers : { 'content-type': 'application/json', ...headers };
    const call = http.request(
      { socketPath: socket, method, path: target, headers: all, agent: false },
      async (response) => {
        try {
          const chunks: Buffer[] = [];
          for await (const chunk of response) chunks.push(chunk);
          const text = Buffer.concat(chunks).toString();
          if ((response.statusCode ?? 0) < 400) resolve(parse(text));
          else reject(new Error(`${method} ${target}: ${response.statusCode} ${text.trim()}`));
        } catch (error) {
          reject(error);
        }
      },
    );
    call.on('error', reject);
    call.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
