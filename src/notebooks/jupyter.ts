import { safeText } from '../protocol/terminal-text.ts';
import { isBasePath, isToken } from './own-origin.ts';
import type { Server } from './running-server.ts';

/** A runtime file has 300 bytes. A longer one is none of Jupyter's. */
const FILE_BYTES = 4000;
const FILES = 20;

const LOG_LINES = 200;
/** The line with the URL is shorter. To search longer ones would take time. */
const LONGEST_LINE = 2000;

// `ls -t` lists the newest file first, because a lasting home folder holds files of past servers.
const READ_RUNTIME_FILES = `set --; for folder in "$JUPYTER_RUNTIME_DIR" "$HOME/.local/share/jupyter/runtime" /root/.local/share/jupyter/runtime; do
  for file in "$folder"/jpserver-*.json "$folder"/nbserver-*.json; do [ -f "$file" ] && set -- "$@" "$file"; done
done
[ $# = 0 ] || ls -t "$@" | head -n ${FILES} | while read -r file; do head -c ${FILE_BYTES} "$file" | tr '\\n' ' '; echo; done`;

/** The session of a server, to look for its token. */
export interface ServerSession {
  /** Runs a command and returns its output. */
  run(cmd: string[]): Promise<string>;
  /** Returns so many lines of its log, the last ones. */
  log(lines: number): Promise<string>;
}

/**
 * Finds the tokens and base paths that a server may require, the most likely first: from its runtime files, the newest
 * first, then from its log. Empty until it has written one of them. `port` is the port in the session.
 */
export async function discoverServer(
  session: ServerSession,
  port: number,
): Promise<Pick<Server, 'token' | 'basePath'>[]> {
  const output = await session.run(['sh', '-c', READ_RUNTIME_FILES]);
  const written = output.split('\n').slice(0, FILES).flatMap(parseRuntimeFile);
  const logged = tokenInLog(await session.log(LOG_LINES));
  return [...written.filter((file) => file.port === port).map(({ server }) => server), ...logged];
}

/**
 * Reads a runtime file, which any program in the session can write. The other fields, such as `url`, are not used.
 * Nothing if port, token or base path are not what Jupyter writes.
 */
export function parseRuntimeFile(line: string): { port: number; server: Pick<Server, 'token' | 'basePath'> }[] {
  const file = parseJson(line) as { port?: unknown; token?: unknown; base_url?: unknown } | null | undefined;
  const { port, token, base_url: basePath } = file ?? {};
  if (typeof port !== 'number' || !isToken(token) || !isBasePath(basePath)) return [];
  return [{ port, server: { token, basePath } }];
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

/**
 * Finds the last login URL with a token in the log of a server. Jupyter prints `token=...` literally if the token is
 * configured. Up to notebook 5, it prints `(name or address)` instead of a host. Empty if there is none.
 */
export function tokenInLog(log: string): Pick<Server, 'token' | 'basePath'>[] {
  const lines = log.split('\n').filter(({ length }) => length <= LONGEST_LINE);
  const last = lines.flatMap((line) => [...safeText(line).matchAll(URL_WITH_TOKEN)]).at(-1);
  const [, basePath, token] = last ?? [];
  return isToken(token) && isBasePath(basePath) ? [{ basePath, token }] : [];
}

const URL_WITH_TOKEN =
  /https?:\/\/(?:\([^)]*\)|[^\s/]+):\d+(\/\S*?)(?:lab|tree|notebooks)?\/?\?token=([0-9a-zA-Z_-]{8,})/g;
