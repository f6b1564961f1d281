import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readBounded } from '../../protocol/bounded-read.ts';
import { PRIVATE, sendPage } from './html.ts';
import { needsLinkFile, removeLinkFiles, writeLinkFile } from './link-file.ts';
import { type Found, Links, type LinkTarget } from './links.ts';
import { failedPage, openPage, overPage } from './open-page.ts';
import { peerOf } from './peer.ts';

/** The pages of the daemon on their own loopback port, while the daemon runs. */
export interface Pages {
  /**
   * Creates a loopback URL that opens a session once, within a minute. It contains a secret, but no secret of the
   * session. `file` is a page that leads there, where the URL must not be the argument of a process.
   */
  createLink(target: LinkTarget): Promise<{ url: string; file?: string }>;
}

/** What the pages need of the daemon. */
interface PagesInput {
  closing: AbortSignal;
  /** The folder for link files; only the user can read it. */
  folder: string;
  /** Called when another user of this machine asks for a link. */
  onForeign: (text: string) => void;
  /** Tells who is at the other end of a connection. */
  peer?: typeof peerOf;
  /** Whether the system keeps no list of peers, so that a link must not be an argument of a process. */
  needsFile?: typeof needsLinkFile;
}

const FORM_LIMIT_BYTES = 1000;
const FORM_MS = 10_000;

/** Starts to listen with the first link. */
export function createPages(input: PagesInput): Pages {
  const links = new Links();
  const { folder, needsFile = needsLinkFile } = input;
  let listening: Promise<number> | undefined;
  return {
    async createLink(target) {
      listening ??= listen(links, input).catch((error) => {
        listening = undefined;
        throw error;
      });
      const port = await listening;
      let file: string | undefined;
      const secret = links.add(target, () => file && removeLinkFiles(folder, file));
      const url = `http://127.0.0.1:${port}/open/${secret}`;
      if (await needsFile()) file = await writeLinkFile(folder, url);
      return { url, file };
    },
  };
}

/**
 * Listens on both loopback addresses, because a hostname below `localhost` can resolve to either. On a free address, a
 * program of another user could receive the requests. Returns the port, which is the same on both.
 */
async function listen(links: Links, input: PagesInput): Promise<number> {
  const open = (host: string, port: number) => listenOn(host, port, links, input);
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
  links: Links,
  { closing, onForeign, peer = peerOf }: PagesInput,
): Promise<Server> {
  const server = createServer((request, response) => {
    answer({ request, response, links, port: portOf(server), onForeign, peer }).catch(() => response.destroy());
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
  onForeign: (text: string) => void;
  peer: typeof peerOf;
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

async function showLink(call: Call, secret: string): Promise<void> {
  const { response, links, port } = call;
  const found = links.find(secret);
  if (await isForeign(call, found)) return;
  sendPage(response, found.state === 'fresh' ? openPage(found.target, { secret, port }) : overPage(found));
}

/**
 * Refuses another user of this machine, who can read the link in the arguments of the browser's process. The link stays
 * good for the user that it is for.
 */
async function isForeign({ request, response, onForeign, peer }: Call, found: Found): Promise<boolean> {
  const from = await peer(request.socket);
  if (typeof from === 'string') return false;
  if (found.state !== 'unknown') onForeign(describeForeign(found, from.uid));
  refuse(response, 403, 'This link belongs to another user of this machine.');
  return true;
}

function describeForeign(found: Exclude<Found, { state: 'unknown' }>, uid: number): string {
  const name = found.state === 'fresh' ? found.target.name : found.name;
  return `Another user of this machine (uid ${uid}) asked for your link to ${name}. ezj refused.`;
}

async function useLink(call: Call): Promise<void> {
  const { request, response, links, port } = call;
  const { host, origin = '' } = request.headers;
  // A form of another site could use up a guessed link, or sign a browser in to a session of its choice.
  if (!isOwnHost(origin.replace(/^http:\/\//, ''), port))
    return refuse(response, 403, 'Only a page of ezj can open a session.');
  const secret = await readSecret(request);
  if (await isForeign(call, links.find(secret))) return;
  const found = links.take(secret);
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
  const form = await readBounded(request, { what: 'The form', bytes: FORM_LIMIT_BYTES, ms: FORM_MS });
  return new URLSearchParams(form.toString('utf8')).get('secret') ?? '';
}

function refuse(response: ServerResponse, status: number, words: string): void {
  sendPage(response, { status, title: words, body: '' });
}
