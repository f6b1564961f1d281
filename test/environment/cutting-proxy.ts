import http from 'node:http';
import type { AddressInfo } from 'node:net';

/** A proxy before a registry that lets everything through until it is told to cut. */
export interface CuttingProxy {
  port: number;
  /** How many downloads were cut so far. */
  readonly cuts: number;
  /** Cuts the next `times` downloads of a layer after `afterBytes`; the engine itself tries five times before it gives up. */
  cutDownloads: (options: { times: number; afterBytes: number }) => void;
  stop: () => Promise<void>;
}

/** Starts a proxy on a free loopback port, before the registry on `port`. */
export async function startCuttingProxy({ port }: { port: number }): Promise<CuttingProxy> {
  const state = { left: 0, afterBytes: 0, cuts: 0 };
  const server = http.createServer((request, response) => {
    // The Host header goes through unchanged, so that the registry names the proxy in the addresses it gives out.
    const { method, url, headers } = request;
    const call = http.request({ host: '127.0.0.1', port, method, path: url, headers, agent: false }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      const length = Number(answer.headers['content-length'] ?? 0);
      if (state.left > 0 && isDownload(request) && length > state.afterBytes) cut(answer, response);
      else answer.pipe(response);
    });
    call.on('error', () => response.destroy());
    request.pipe(call);
  });

  function cut(answer: http.IncomingMessage, response: http.ServerResponse): void {
    state.left -= 1;
    state.cuts += 1;
    let left = state.afterBytes;
    answer.on('data', (chunk: Buffer) => {
      if (left <= 0) return;
      const part = chunk.subarray(0, left);
      left -= part.length;
      // Destroyed only once the client's side has taken the bytes, or it would see an empty answer.
      response.write(part, () => left <= 0 && response.destroy());
      if (left <= 0) answer.destroy();
    });
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    get cuts() {
      return state.cuts;
    },
    cutDownloads: ({ times, afterBytes }) => Object.assign(state, { left: times, afterBytes }),
    stop: () => close(server),
  };
}

function isDownload({ method, url = '' }: http.IncomingMessage): boolean {
  return method === 'GET' && url.includes('/blobs/');
}

function close(server: http.Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
