import { lookup } from 'node:dns/promises';
import { connect, createServer, type Server } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { isLoopback } from '../protocol/addresses.ts';

const PATIENCE_MS = 500;

let known: Promise<boolean> | undefined;

/**
 * Whether this system resolves names below `localhost` to itself. RFC 6761 requires it, but not every resolver does it.
 * Checks only once, because the lookup can be slow if a name server is unreachable. Browsers have their own rules, and
 * most resolve such names.
 * https://www.rfc-editor.org/rfc/rfc6761#section-6.3
 */
export function resolvesLocalhostNames(): Promise<boolean> {
  known ??= resolvesToLoopback('ezj.localhost');
  return Promise.race([known, delay(PATIENCE_MS, false, { ref: false })]);
}

async function resolvesToLoopback(name: string): Promise<boolean> {
  try {
    const addresses = await lookup(name, { all: true });
    return addresses.length > 0 && addresses.every(({ address }) => isLoopback(address));
  } catch {
    return false;
  }
}

const held = new Map<number, Promise<Held | undefined>>();

/** A port on ::1 that is held; `server` is missing if this machine has no IPv6. */
interface Held {
  server?: Server;
}

/**
 * Holds a port on ::1 until it is released or this process ends, and forwards connections to the same port on 127.0.0.1.
 * A name below `localhost` resolves to both addresses, often to ::1 first, but a session is published only on 127.0.0.1.
 * Otherwise a program of another user on ::1 would get the data that the browser sends. False if another program has
 * the port.
 */
export async function holdOnIPv6(port: number): Promise<boolean> {
  const holding = held.get(port) ?? listenOnIPv6(port);
  held.set(port, holding);
  const found = await holding;
  if (!found && held.get(port) === holding) held.delete(port);
  return found !== undefined;
}

/** Releases a port on ::1 after the end of its session. Does nothing if it is not held. */
export async function releaseOnIPv6(port: number): Promise<void> {
  const holding = held.get(port);
  held.delete(port);
  (await holding)?.server?.close();
}

function listenOnIPv6(port: number): Promise<Held | undefined> {
  const server = createServer((browser) => {
    const session = connect({ host: '127.0.0.1', port });
    for (const side of [browser, session]) side.on('error', () => [browser, session].map((each) => each.destroy()));
    browser.pipe(session).pipe(browser);
  });
  return new Promise((resolve) => {
    // Every other error means that this machine has no IPv6, so no program can listen there.
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code === 'EADDRINUSE' ? undefined : {}));
    server.listen({ host: '::1', port, exclusive: true }, () => resolve({ server }));
    server.unref();
  });
}
