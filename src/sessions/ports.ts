import { createServer } from 'node:net';
import getPort, { clearLockedPorts, portNumbers } from 'get-port';
import { EzjError } from '../protocol/errors.ts';

/** The ports of sessions, as far as they are free. */
export const SESSION_PORTS = { first: 8900, last: 9899 };

const COUNT = SESSION_PORTS.last - SESSION_PORTS.first + 1;
const STEP = 37;

/**
 * A free port for a session on `address`, put into `reserved`. The key decides which ports are tried, and in which order,
 * so that the same project gets the same port again wherever that is free, without anything to remember. `except` holds
 * the ports of the owner's other sessions, stopped ones included.
 */
export async function reservePort(
  key: string,
  { address, except, reserved }: { address: string; except: Set<number>; reserved: Set<number> },
): Promise<number> {
  const start = Number.parseInt(key.slice(0, 8), 16);
  const tries = Array.from({ length: 20 }, (_, i) => SESSION_PORTS.first + ((start + i * STEP) % COUNT));
  const candidates = [...tries, ...sessionPorts()];
  for (;;) {
    // get-port keeps a port that it gave for half a minute: a session that is restarted would not get its own back.
    clearLockedPorts();
    const port = await getPort({ host: address, port: candidates, exclude: [...except, ...reserved] });
    if (reserved.has(port)) continue;
    reserved.add(port);
    return port;
  }
}

/** Whether `address` has a port for one more session, without taking it: one of sessions' own, any other, or none at all. */
export async function lookForPort(address: string): Promise<'own' | 'other' | 'none'> {
  clearLockedPorts();
  const port = await getPort({ host: address, port: sessionPorts() }).catch(() => undefined);
  if (port === undefined) return 'none';
  return port >= SESSION_PORTS.first && port <= SESSION_PORTS.last ? 'own' : 'other';
}

function sessionPorts(): Iterable<number> {
  return portNumbers(SESSION_PORTS.first, SESSION_PORTS.last);
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
      hint: 'See `ezj config get bind`; `ezj config unset bind` gives 127.0.0.1 back.',
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
    hint: 'Name another one with --port, or leave it out: ezj picks a free one.',
  });
}
