import { lookup } from 'node:dns/promises';
import { connect, createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { isLoopback } from '../protocol/addresses.ts';

const PATIENCE_MS = 500;

let known: Promise<boolean> | undefined;

/**
 * Whether this system resolves names below `localhost` to itself, as RFC 6761 asks for and not every resolver does. Asked
 * once: it may take its time where a name server is out of reach. Browsers have rules of their own, and mostly do.
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

const held = new Map<number, Promise<boolean>>();

/**
 * Holds a port on ::1 for as long as this process lives, and leads whoever connects there to the same port on 127.0.0.1. A name
 * below `localhost` leads to both addresses, to ::1 often first, and a session is published on 127.0.0.1 only: another user's
 * program on ::1 would get what the browser sends. False where another program has the port there already.
 */
export function holdOnIPv6(port: number): Promise<boolean> {
  const holding = held.get(port) ?? listenOnIPv6(port);
  held.set(port, holding);
  return holding.then((isHeld) => {
    if (!isHeld) held.delete(port);
    return isHeld;
  });
}

function listenOnIPv6(port: number): Promise<boolean> {
  const server = createServer((browser) => {
    const session = connect({ host: '127.0.0.1', port });
    for (const side of [browser, session]) side.on('error', () => [browser, session].map((each) => each.destroy()));
    browser.pipe(session).pipe(browser);
  });
  return new Promise((resolve) => {
    // Every other error says that this machine has no IPv6, and nobody can be there.
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code !== 'EADDRINUSE'));
    server.listen({ host: '::1', port, exclusive: true }, () => resolve(true));
    server.unref();
  });
}
