import http from 'node:http';
import { stripVTControlCharacters } from 'node:util';
import type { Engine } from '../engine/engine.ts';

/** Where a server is reached, and with what. */
export interface Server {
  address: string;
  port: number;
  /** Path that everything hangs below, with slashes at both ends. */
  basePath: string;
  token: string;
}

/** What one probe saw: nobody answers yet, the server takes the token, or it refuses it. */
export type ProbeResult = 'silent' | 'ready' | 'refused';

/**
 * Asks a server for its status with the token, which no stranger's server answers with 200.
 * `api/status` needs the token and does not count as activity:
 * https://jupyter-server.readthedocs.io/en/latest/developers/rest-api.html#get--api-status
 */
export function probeServer({ address, port, basePath, token }: Server, signal?: AbortSignal): Promise<ProbeResult> {
  return new Promise((resolve) => {
    const request = http.get(
      {
        host: address,
        port,
        path: `${basePath}api/status`,
        headers: { authorization: `token ${token}` },
        agent: false,
        timeout: 5000,
        signal,
      },
      (answer) => {
        answer.resume();
        const status = answer.statusCode ?? 0;
        if (status === 200) resolve('ready');
        // 404 and 302: a server of another kind, or a Jupyter with another base path.
        else resolve(status >= 500 ? 'silent' : 'refused');
      },
    );
    request.on('timeout', () => request.destroy(new Error('timed out')));
    request.on('error', () => resolve('silent'));
  });
}

/** The page that a browser opens: JupyterLab, on a file where one is named (relative to the project). */
export function notebookUrl({ address, port, basePath, token }: Server, file?: string): string {
  const host = address.includes(':') ? `[${address}]` : address;
  const page = file ? `lab/tree/${file.split('/').map(encodeURIComponent).join('/')}` : 'lab';
  return `http://${host}:${port}${basePath}${page}?token=${encodeURIComponent(token)}`;
}

// `ls -t`: the newest first; a home folder that lasts holds files of servers that are gone.
const READ_RUNTIME_FILES = `set --; for folder in "$JUPYTER_RUNTIME_DIR" "$HOME/.local/share/jupyter/runtime" /root/.local/share/jupyter/runtime; do
  for file in "$folder"/jpserver-*.json "$folder"/nbserver-*.json; do [ -f "$file" ] && set -- "$@" "$file"; done
done
[ $# = 0 ] || ls -t "$@" | while read -r file; do tr '\\n' ' ' < "$file"; echo; done`;

/**
 * The tokens and base paths that a server may insist on, the likeliest first: from its runtime files, the newest first,
 * then from its log. Empty while it has written neither.
 */
export async function discoverServer(
  engine: Engine,
  container: string,
  { containerPort, signal }: { containerPort: number; signal: AbortSignal },
): Promise<Pick<Server, 'token' | 'basePath'>[]> {
  const { output } = await engine.exec(container, { cmd: ['sh', '-c', READ_RUNTIME_FILES], signal });
  const written = output
    .split('\n')
    .flatMap(parseRuntimeFile)
    .filter(({ port, token }) => port === containerPort && token !== '')
    .map(({ token, base_url }) => ({ token, basePath: base_url }));
  const chunks: Buffer[] = [];
  for await (const chunk of await engine.containerLogs(container, { tail: 200, signal }))
    chunks.push(Buffer.from(chunk));
  const logged = tokenInLog(Buffer.concat(chunks).toString('utf8'));
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
 * The last login URL with a token in a server's log. Jupyter prints `token=...` literally where the token was configured,
 * and up to notebook 5 `(name or address)` in place of a host.
 */
export function tokenInLog(log: string): Pick<Server, 'token' | 'basePath'> | undefined {
  const urls = stripVTControlCharacters(log).matchAll(
    /https?:\/\/(?:\([^)]*\)|[^\s/]+):\d+(\/\S*?)(?:lab|tree|notebooks)?\/?\?token=([0-9a-zA-Z_-]{8,})/g,
  );
  const last = [...urls].at(-1);
  return last ? { basePath: last[1] ?? '/', token: last[2] ?? '' } : undefined;
}
