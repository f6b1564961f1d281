import { createServer } from 'node:net';
import getPort, { clearLockedPorts, portNumbers } from 'get-port';
import type { PortRange } from '../config/port-range.ts';
import { EzjError } from '../protocol/errors.ts';

const STEP = 37;

/**
 * A free port for a session on `address`, put into `reserved`. The key decides which ports of the range are tried, and in which
 * order, so that the same project gets the same port again wherever that is free, without anything to remember. `except` holds
 * the ports of the owner's other sessions, stopped ones included.
 * @throws `port-taken` where all of the range are in use
 */
export async function reservePort(
  key: string,
  {
    address,
    range,
    except,
    reserved,
  }: { address: string; range: PortRange; except: Set<number>; reserved: Set<number> },
): Promise<number> {
  const { first, last } = range;
  const start = Number.parseInt(key.slice(0, 8), 16);
  const tries = Array.from({ length: 20 }, (_, i) => first + ((start + i * STEP) % (last - first + 1)));
  const candidates = [...tries, ...portNumbers(first, last)];
  for (;;) {
    // get-port keeps a port that it gave for half a minute: a session that is restarted would not get its own back.
    clearLockedPorts();
    const port = await getPort({ host: address, port: candidates, exclude: [...except, ...reserved] });
    if (reserved.has(port)) continue;
    if (port < first || port > last) throw rangeTaken(range);
    reserved.add(port);
    return port;
  }
}

/** The port of this number where it is free and none of the system's, else any free one; put into `reserved`. */
export async function reserveAnyPort(
  wanted: number,
  { address, except, reserved }: { address: string; except: Set<number>; reserved: Set<number> },
): Promise<number> {
  clearLockedPorts();
  const port = wanted < 1024 ? [] : [wanted];
  const found = await getPort({ host: address, port, exclude: [...except, ...reserved] });
  reserved.add(found);
  return found;
}

/** Whether `address` has a port of the range for one more session, without taking it; undefined where it has no port at all. */
export async function hasFreePort(address: string, { first, last }: PortRange): Promise<boolean | undefined> {
  clearLockedPorts();
  const port = await getPort({ host: address, port: portNumbers(first, last) }).catch(() => undefined);
  return port === undefined ? undefined : port >= first && port <= last;
}

function rangeTaken({ first, last }: PortRange): EzjError {
  return new EzjError({
    code: 'port-taken',
    message: `All ports from ${first} to ${last} are in use.`,
    hint: 'Stop sessions (`ezj list`), or set a larger range: `ezj config set ports 8900-9899`.',
  });
}

/**
 * Puts the port that the user names into `reserved`. One that this process may not open, as below 1024, is left for the engine
 * to try, which mostly may.
 * @throws `port-taken`; `config-invalid` where this machine does not have the address
 */
export async function reserveNamedPort(
  port: number,
  { address, reserved }: { address: string; reserved: Set<number> },
): Promise<void> {
  const failure = reserved.has(port) ? 'EADDRINUSE' : await tryPort(port, address);
  if (failure === 'EADDRNOTAVAIL') {
    throw new EzjError({
      code: 'config-invalid',
      message: `This machine has no address ${address} to listen on.`,
      hint: 'See `ezj config get bind`; `ezj config unset bind` restores 127.0.0.1.',
    });
  }
  if (failure === 'EADDRINUSE') throw portTaken(port);
  reserved.add(port);
}

/** The error of the system where a port cannot be opened. */
function tryPort(port: number, host: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.unref().once('error', (error: NodeJS.ErrnoException) => resolve(error.code));
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}

/** The port that the user asked for is in use, by a session of the user's own where `session` names it. */
export function portTaken(port: number, session?: string): EzjError {
  return new EzjError({
    code: 'port-taken',
    message: session ? `Port ${port} belongs to your session ${session}.` : `Port ${port} is in use.`,
    hint: 'Choose another one with --port. Without --port, ezj picks a free one.',
  });
}
