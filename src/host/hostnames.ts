import { lookup } from 'node:dns/promises';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

const PATIENCE_MS = 500;

let known: Promise<boolean> | undefined;

/**
 * Whether this system resolves names below `localhost` to itself, as RFC 6761 asks for and not every resolver does. Asked
 * once: it may take its time where a name server is out of reach. Browsers have rules of their own, and mostly do.
 * https://www.rfc-editor.org/rfc/rfc6761#section-6.3
 */
export function resolvesLocalhostNames(): Promise<boolean> {
  known ??= Promise.race([isLoopback('ezj.localhost'), delay(PATIENCE_MS, false, { ref: false })]);
  return known;
}

async function isLoopback(name: string): Promise<boolean> {
  try {
    const addresses = await lookup(name, { all: true });
    return addresses.length > 0 && addresses.every(({ address }) => address === '::1' || address.startsWith('127.'));
  } catch {
    return false;
  }
}

/**
 * Whether somebody listens on a port of the other loopback address. A name below `localhost` leads there too, often first, and a
 * session's port is published on 127.0.0.1 only: whoever answers is another program, perhaps another user's.
 */
export function isTakenOnIPv6(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const connection = connect({ host: '::1', port, timeout: PATIENCE_MS });
    const end = (taken: boolean) => () => {
      connection.destroy();
      resolve(taken);
    };
    connection.once('connect', end(true)).once('error', end(false)).once('timeout', end(false));
  });
}
