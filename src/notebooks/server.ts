import http from 'node:http';
import { text } from 'node:stream/consumers';
import { withDeadline } from '../engine/deadline.ts';
import { probeRStudio } from './rstudio-sign-in.ts';
import type { ProbeResult, Server } from './running-server.ts';
import { fill, type Probe, type ServerContract } from './server-contract.ts';

const TIMEOUT_MS = 5000;

/** A valid token that no server uses. */
const WRONG_TOKEN = '0'.repeat(48);

/**
 * Tests whether a server is ready and belongs to the session. First it sends the token, which the server of another
 * program refuses. Then it sends a wrong token, because a server that accepts any token lets everyone in.
 * @throws `sign-in-failed` if RStudio refuses the password
 */
export async function probeServer(server: Server, signal?: AbortSignal): Promise<ProbeResult> {
  const { contract } = server;
  if (contract.signIn === 'rstudio') return probeRStudio(server, signal);
  const result = await ask(server, signal);
  if (result !== 'ready' || contract.signIn === 'none' || !carriesToken(contract)) return result;
  return (await ask({ ...server, token: WRONG_TOKEN }, signal)) === 'ready' ? 'open' : 'ready';
}

function carriesToken({ ready: { path, headers = {} } }: ServerContract): boolean {
  return [path, ...Object.values(headers)].some((text) => text.includes('{token}'));
}

async function ask(server: Server, signal?: AbortSignal): Promise<ProbeResult> {
  const { ready } = server.contract;
  const answer = await get(server, ready, { signal });
  if (answer === undefined) return 'silent';
  if (ready.statuses.includes(answer.status)) return 'ready';
  // 404 and 302 come from a server of another kind, or with another base path.
  return answer.status >= 500 ? 'silent' : 'refused';
}

/**
 * The time of the last use of the server, ISO 8601; undefined if its kind does not report it, or the server does not
 * respond.
 */
export async function lastActivity(server: Server, signal?: AbortSignal): Promise<string | undefined> {
  const { activity } = server.contract;
  const answer = activity && (await get(server, activity, { signal, body: true }));
  if (answer?.status !== 200) return undefined;
  try {
    const time = Date.parse(JSON.parse(answer.body)[activity?.field ?? '']);
    return new Date(time).toISOString();
  } catch {
    return undefined;
  }
}

interface Answer {
  status: number;
  body: string;
}

/** Sends a request with the token filled in; undefined if there is no response. Reads the body only with `body`. */
function get(
  { address, port, basePath, token }: Server,
  { path, headers = {} }: Omit<Probe, 'statuses'>,
  { signal, body = false }: { signal?: AbortSignal; body?: boolean },
): Promise<Answer | undefined> {
  const options: http.RequestOptions = {
    host: address,
    port,
    path: below(basePath, fill(path, { token: encodeURIComponent(token) })),
    headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, fill(value, { token })])),
    agent: false,
    timeout: TIMEOUT_MS,
  };
  // The total time needs a limit, because a server can send data for ever.
  return withDeadline({ signal, ms: 2 * TIMEOUT_MS }, (limited) => send({ ...options, signal: limited }, body));
}

/** Sends one request; undefined if there is no response. */
function send(options: http.RequestOptions, body: boolean): Promise<Answer | undefined> {
  return new Promise((resolve) => {
    const request = http.get(options, (answer) => {
      const status = answer.statusCode ?? 0;
      answer.on('error', () => resolve(undefined));
      if (body)
        text(answer).then(
          (said) => resolve({ status, body: said }),
          () => resolve(undefined),
        );
      else resolve({ status, body: '' });
      if (!body) answer.destroy();
    });
    request.on('timeout', () => request.destroy(new Error('timed out')));
    request.on('error', () => resolve(undefined));
  });
}

/**
 * The URL of the page to open. With `file` (relative to the project), the page of that file, if the kind has pages for
 * files.
 */
export function pageUrl({ address, port, basePath, token, contract }: Server, file?: string): string {
  const host = address.includes(':') ? `[${address}]` : address;
  const template = file !== undefined && contract.fileUrl ? contract.fileUrl : contract.url;
  const page = fill(template, {
    token: encodeURIComponent(token),
    file: file?.split('/').map(encodeURIComponent).join('/'),
  });
  return `http://${host}:${port}${below(basePath, page)}`;
}

function below(basePath: string, path: string): string {
  return `${basePath}${path.slice(1)}`;
}
