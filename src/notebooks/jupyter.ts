import { stripVTControlCharacters } from 'node:util';
import type { Server } from './running-server.ts';

// `ls -t` lists the newest file first, because a lasting home folder holds files of past servers.
const READ_RUNTIME_FILES = `set --; for folder in "$JUPYTER_RUNTIME_DIR" "$HOME/.local/share/jupyter/runtime" /root/.local/share/jupyter/runtime; do
  for file in "$folder"/jpserver-*.json "$folder"/nbserver-*.json; do [ -f "$file" ] && set -- "$@" "$file"; done
done
[ $# = 0 ] || ls -t "$@" | while read -r file; do tr '\\n' ' ' < "$file"; echo; done`;

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
  const written = output
    .split('\n')
    .flatMap(parseRuntimeFile)
    .filter((server) => server.port === port && server.token !== '')
    .map(({ token, base_url }) => ({ token, basePath: base_url }));
  const logged = tokenInLog(await session.log(200));
  return logged ? [...written, logged] : written;
}

function parseRuntimeFile(line: string): { port: number; token: string; base_url: string }[] {
  try {
    return [JSON.parse(line)];
  } catch {
    return [];
  }
}

/**
 * Finds the last login URL with a token in the log of a server. Jupyter prints `token=...` literally if the token is
 * configured. Up to notebook 5, it prints `(name or address)` instead of a host.
 */
export function tokenInLog(log: string): Pick<Server, 'token' | 'basePath'> | undefined {
  const urls = stripVTControlCharacters(log).matchAll(
    /https?:\/\/(?:\([^)]*\)|[^\s/]+):\d+(\/\S*?)(?:lab|tree|notebooks)?\/?\?token=([0-9a-zA-Z_-]{8,})/g,
  );
  const last = [...urls].at(-1);
  return last ? { basePath: last[1] ?? '/', token: last[2] ?? '' } : undefined;
}
