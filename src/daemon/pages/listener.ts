import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { PRIVATE, sendPage } from './html.ts';
import { Links, type LinkTarget } from './links.ts';
import { failedPage, openPage, overPage } from './open-page.ts';

/** The pages of the daemon on their own loopback port, while the daemon runs. */
export interface Pages {
  /**
   * Creates a loopback URL that opens a session once, within a minute. It contains a secret, but no secret of the
   * session.
   */
  createLink(target: LinkTarget): Promise<string>;
}

const FORM_LIMIT_BYTES = 1000;

/** Starts to listen with the first link. */
export function createPages(closing: AbortSignal): Pages {
  const links = new Links();
  let listening: Promise<number> | undefined;
  return {
    async createLink(target) {
      listening ??= listen(links, closing).catch((error) => {
        listening = undefined;
        throw error;
      });
      const port = await listening;
      return `http://127.0.0.1:${port}/open/${links.add(target)}`;
    },
  };
}

/**
 * Listens on both loopback addresses, because a hostname below `localhost` can resolve to either. On a free address, a
 * program of another user could receive the requests. Returns the port, which is the same on both.
 */
async function listen(links: Links, closing: AbortSignal): Promise<number> {
  const open = (host: string, port: number) => listenOn(host, port, { links, closing });
  for (;;) {
    const server = await open('127.0.0.1', 0);
    const port = portOf(server);
    const other = await open('::1', port).catch((error: NodeJS.ErrnoException) => error.code);
    // Every other error means that this machine has no IPv6.
    if (other !== 'EADDRINUSE') return port;
    server.close();
  }
}

function listenOn(
  host: string,
  port: number,
  { links, closing }: { links: Links; closing: AbortSignal },
): Promise<Server> {
  const server = createServer((request, response) => {
    answer({ request, response, links, port: portOf(server) }).catch(() => response.destroy());
  });
  closing.addEventListener('abort', () => server.close().closeAllConnections(), { once: true });
  return new Promise((resolve, reject) => {
    server.once('error', reject).listen({ host, port, exclusive: true }, () => resolve(server));
  });
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

interface Call {
  request: IncomingMessage;
  response: ServerResponse;
  links: Links;
  port: number;
}

/** All routes. GET changes nothing; changes need a POST from a page of this listener. */
async function answer(call: Call): Promise<void> {
  const { request, response, port } = call;
  const { method, url = '/', headers } = request;
  // Any other name that resolves to this machine is a DNS rebinding attack, whose page could read the responses.
  if (!isOwnHost(headers.host, port)) return refuse(response, 421, 'This address does not belong to ezj.');
  if (method === 'GET' && url === '/here') return confirm(call);
  if (method === 'GET' && url.startsWith('/open/')) return showLink(call, url.slice('/open/'.length));
  if (method === 'POST' && url === '/open') return useLink(call);
  if (url === '/open' || url.startsWith('/open/'))
    return refuse(response, 405, 'This page does not accept this method.');
  refuse(response, 404, 'ezj has no page here.');
}

function isOwnHost(host: string | undefined, port: number): boolean {
  return host === `127.0.0.1:${port}` || hostnameOf(host, port) !== undefined;
}

/** Returns the name in `NAME.localhost:PORT`. */
function hostnameOf(host: string | undefined, port: number): string | undefined {
  const [, name] = /^([a-z0-9-]+)\.localhost:(\d+)$/.exec(host ?? '') ?? [];
  return host === `${name}.localhost:${port}` ? name : undefined;
}

/** Confirms to a page on the plain address that a hostname resolves to this listener. Returns nothing else. */
function confirm({ response, port }: Call): void {
  response.writeHead(204, { ...PRIVATE, 'access-control-allow-origin': `http://127.0.0.1:${port}` }).end();
}

function showLink({ response, links, port }: Call, secret: string): void {
  const found = links.find(secret);
  sendPage(response, found.state === 'fresh' ? openPage(found.target, { secret, port }) : overPage(found));
}

async function useLink({ request, response, links, port }: Call): Promise<void> {
  const { host, origin = '' } = request.headers;
  // A form of another site could use up a guessed link, or sign a browser in to a session of its choice.
  if (!isOwnHost(origin.replace(/^http:\/\//, ''), port))
    return refuse(response, 403, 'Only a page of ezj can open a session.');
  const found = links.take(await readSecret(request));
  if (found.state !== 'fresh') return sendPage(response, overPage(found));
  const { target } = found;
  try {
    const { location, cookies } = await target.use(host === `${target.hostname}:${port}`);
    response.writeHead(303, { ...PRIVATE, location, 'set-cookie': cookies }).end();
  } catch (error) {
    sendPage(response, failedPage(target.name, error));
  }
}

async function readSecret(request: IncomingMessage): Promise<string> {
  if (Number(request.headers['content-length'] ?? Number.POSITIVE_INFINITY) > FORM_LIMIT_BYTES) return '';
  return new URLSearchParams(await text(request)).get('secret') ?? '';
}

function refuse(response: ServerResponse, status: number, words: string): void {
  sendPage(response, { status, title: words, body: '' });
}
