import { randomBytes } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

const LIFE_MS = 60_000;

/** Makes links that lead a browser to a URL with a token once, so that the token stands in no process list. */
export interface Links {
  /** A loopback URL that redirects to `target` at its first use within a minute. */
  create(target: string): Promise<string>;
}

/** The listener behind the links; it listens only while a link can still be used. */
export function createLinks(closing: AbortSignal): Links {
  const targets = new Map<string, string>();
  let listener: Promise<Server> | undefined;

  function take(secret: string): string | undefined {
    const target = targets.get(secret);
    targets.delete(secret);
    return target;
  }

  function listen(): Promise<Server> {
    const server = createServer((request, response) => {
      const { port } = server.address() as AddressInfo;
      const target = request.headers.host === `127.0.0.1:${port}` ? take((request.url ?? '').slice(1)) : undefined;
      response.setHeader('cache-control', 'no-store');
      response.setHeader('referrer-policy', 'no-referrer');
      if (target) response.writeHead(302, { location: target }).end();
      else
        response
          .writeHead(410, { 'content-type': 'text/plain' })
          .end('This link was used or is too old. Type `ezj open` for a new one.\n');
    });
    closing.addEventListener('abort', () => server.close(), { once: true });
    return new Promise((resolve, reject) => {
      server.once('error', reject).listen(0, '127.0.0.1', () => resolve(server));
    });
  }

  return {
    async create(target) {
      const secret = randomBytes(24).toString('base64url');
      targets.set(secret, target);
      listener ??= listen().catch((error) => {
        listener = undefined;
        throw error;
      });
      const server = await listener;
      setTimeout(() => {
        targets.delete(secret);
        if (targets.size > 0 || listener === undefined) return;
        listener = undefined;
        server.close();
      }, LIFE_MS).unref();
      return `http://127.0.0.1:${(server.address() as AddressInfo).port}/${secret}`;
    },
  };
}
