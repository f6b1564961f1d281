import getPort, { clearLockedPorts, portNumbers } from 'get-port';
import { EzjError } from '../protocol/errors.ts';

const FIRST = 8900;
const COUNT = 1000;
const STEP = 37;

/**
 * A free port for a session on `address`, put into `reserved`. The key decides which ports are tried, and in which order,
 * so that the same project gets the same port again wherever that is free, without anything to remember. `except` holds
 * the ports of the owner's other sessions, stopped ones included.
 * @throws `port-taken` when the port that the user named is in use
 */
export async function reservePort(
  key: string,
  {
    address,
    wanted,
    except,
    reserved,
  }: { address: string; wanted?: number; except: Set<number>; reserved: Set<number> },
): Promise<number> {
  const start = Number.parseInt(key.slice(0, 8), 16);
  const tries = Array.from({ length: 20 }, (_, i) => FIRST + ((start + i * STEP) % COUNT));
  const candidates = wanted === undefined ? [...tries, ...portNumbers(FIRST, FIRST + COUNT - 1)] : [wanted];
  for (;;) {
    // get-port keeps a port that it gave for half a minute: a session that is restarted would not get its own back.
    clearLockedPorts();
    const port = await getPort({ host: address, port: candidates, exclude: [...except, ...reserved] });
    if (wanted !== undefined && port !== wanted) throw portTaken(wanted);
    if (reserved.has(port)) continue;
    reserved.add(port);
    return port;
  }
}

/** The port that the user asked for is in use. */
export function portTaken(port: number): EzjError {
  return new EzjError({
    code: 'port-taken',
    message: `Port ${port} is in use.`,
    hint: 'Name another one with --port, or leave it out: ezj picks a free one.',
  });
}
