import { askServer, type ServerAnswer } from './ask-server.ts';
import { ownUrl } from './own-origin.ts';
import { probeRStudio } from './rstudio-sign-in.ts';
import type { ProbeResult, Server } from './running-server.ts';
import { fill, type Probe, type ServerContract } from './server-contract.ts';

/** The status of Jupyter has 200 bytes. */
const ACTIVITY_BYTES = 2 ** 16;
/** A list of sessions waits for it. */
const ACTIVITY_MS = 3000;

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

/** Whether the server also answers under this hostname, and does not refuse it as a stranger's. */
export async function answersTo(server: Server, hostname: string): Promise<boolean> {
  const { ready } = server.contract;
  const answer = await get(server, { ...ready, headers: { ...ready.headers, host: `${hostname}:${server.port}` } }, {});
  return answer !== undefined && ready.statuses.includes(answer.status);
}

/**
 * The time of the last use of the server, ISO 8601; undefined if its kind does not report it, or the server does not
 * respond.
 */
export async function lastActivity(server: Server, signal?: AbortSignal): Promise<string | undefined> {
  const { activity } = server.contract;
  if (!activity) return undefined;
  const limits = { signal, bodyBytes: ACTIVITY_BYTES, timeoutMs: ACTIVITY_MS };
  // A server that answers without an end is one that does not respond.
  const answer = await get(server, activity, limits).catch(() => undefined);
  if (answer?.status !== 200) return undefined;
  try {
    const time = Date.parse(JSON.parse(answer.body)[activity.field]);
    return new Date(time).toISOString();
  } catch {
    return undefined;
  }
}

/** Sends a request with the token filled in; undefined if there is no response. */
function get(
  server: Server,
  { path, headers = {} }: Omit<Probe, 'statuses'>,
  limits: { signal?: AbortSignal; bodyBytes?: number; timeoutMs?: number } = {},
): Promise<ServerAnswer | undefined> {
  const { basePath, token } = server;
  return askServer(server, {
    path: below(basePath, fill(path, { token: encodeURIComponent(token) })),
    headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, fill(value, { token })])),
    ...limits,
  });
}

/**
 * The URL of the page to open. With `file` (relative to the project), the page of that file, if the kind has pages for
 * files. It always has the origin of the session.
 * @throws `server-foreign`
 */
export function pageUrl(server: Server, file?: string): string {
  const { basePath, token, contract } = server;
  const template = file !== undefined && contract.fileUrl ? contract.fileUrl : contract.url;
  const page = fill(template, {
    token: encodeURIComponent(token),
    file: file?.split('/').map(encodeURIComponent).join('/'),
  });
  return ownUrl(server, below(basePath, page));
}

function below(basePath: string, path: string): string {
  return `${basePath}${path.slice(1)}`;
}
