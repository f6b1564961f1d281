import { spawn } from 'node:child_process';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A real git server on loopback: `git http-backend` behind node's own http. */
export interface GitServer {
  url: string;
  /** What was asked for, and with which authorization. */
  requests: { url: string; authorization: string | undefined }[];
  /** From now on nothing is answered but which branches there are; resolves when the rest is asked for. */
  hang: () => Promise<void>;
  stop: () => Promise<void>;
}

/** Serves the bare repositories below a folder; with `password`, to whoever gives it and the user `ann`. */
export async function startGitServer(root: string, { password }: { password?: string } = {}): Promise<GitServer> {
  const requests: GitServer['requests'] = [];
  let onHang: (() => void) | undefined;
  const expected = `Basic ${Buffer.from(`ann:${password}`).toString('base64')}`;
  const server = http.createServer((request, response) => {
    const { authorization } = request.headers;
    requests.push({ url: request.url ?? '', authorization });
    if (password !== undefined && authorization !== expected) {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end();
    } else if (onHang && request.method === 'POST') onHang();
    else answer(root, request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    hang: () =>
      new Promise((resolve) => {
        onHang = resolve;
      }),
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** @see https://git-scm.com/docs/git-http-backend */
function answer(root: string, request: IncomingMessage, response: ServerResponse): void {
  const { pathname, searchParams } = new URL(request.url ?? '', 'http://localhost');
  const backend = spawn('git', ['http-backend'], {
    env: {
      PATH: process.env.PATH,
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: '1',
      PATH_INFO: decodeURIComponent(pathname),
      QUERY_STRING: searchParams.toString(),
      REQUEST_METHOD: request.method,
      CONTENT_TYPE: request.headers['content-type'],
      HTTP_CONTENT_ENCODING: request.headers['content-encoding'],
      GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
    },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  backend.stdin.on('error', () => {
    // It answered without reading all.
  });
  request.pipe(backend.stdin);
  let head = Buffer.alloc(0);
  const readHead = (chunk: Buffer) => {
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf('\r\n\r\n');
    if (end === -1) return;
    const fields = head
      .subarray(0, end)
      .toString()
      .split('\r\n')
      .map((line) => line.split(': ', 2) as [string, string]);
    const { Status = '200', ...headers } = Object.fromEntries(fields);
    response.writeHead(Number.parseInt(Status, 10), headers).write(head.subarray(end + 4));
    backend.stdout.off('data', readHead).pipe(response);
  };
  backend.stdout.on('data', readHead);
}
