import { createServer } from 'node:net';
import getPort, { clearLockedPorts, portNumbers } from 'get-port';
import type { PortRange } from '../config/port-range.ts';
import { EzjError } from '../protocol/errors.ts';

const STEP = 37;

/** The ports of this machine that a new session may not take. */
export interface PortsInUse {
  /** The ports of all sessions, also of stopped ones. */
  ofSessions(): Promise<Set<number>>;
  /** The ports of current launches. A launch adds its own until its session has it. */
  reserved: Set<number>;
}

/**
 * Reserves a free port on `address` for a session. The key decides the order in which the ports of the range are tried.
 * So a project gets the same port again if it is free, without any record. `except` contains the ports of other
 * sessions of the owner, including stopped ones.
 * @throws `port-taken` if the whole range is in use
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
    // get-port blocks a port for half a minute after it returned it, so a restarted session would lose its port.
    clearLockedPorts();
    const port = await getPort({ host: address, port: candidates, exclude: [...except, ...reserved] });
    if (reserved.has(port)) continue;
    if (port < first || port > last) throw rangeTaken(range);
    reserved.add(port);
    return port;
  }
}

/** Reserves the port with this number if it is free and not a system port, otherwise any free port. */
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

/** Whether `address` has a free port in the range, without reserving it; undefined if no port can be opened there. */
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
 * Reserves the port that the user names. If this process may not open it, for example below 1024, the engine tries,
 * because it usually may.
 * @throws `port-taken`; `config-invalid` if this machine does not have the address
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

/** Returns the error of the system if a port cannot be opened. */
function tryPort(port: number, host: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.unref().once('error', (error: NodeJS.ErrnoException) => resolve(error.code));
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}

/** The error for a requested port that is in use. `session` names a session of the user that has it. */
export function portTaken(port: number, session?: string): EzjError {
  return new EzjError({
    code: 'port-taken',
    message: session ? `Port ${port} belongs to your session ${session}.` : `Port ${port} is in use.`,
    hint: 'Choose another one with --port. Without --port, ezj picks a free one.',
  });
}
