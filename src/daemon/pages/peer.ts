import { access, readFile } from 'node:fs/promises';
import type { Socket } from 'node:net';
import process from 'node:process';

/** Who is at the other end of a connection on this machine. `unknown`: the system does not say. */
export type Peer = 'self' | 'unknown' | { uid: number };

/** The kernel's lists of TCP connections, with the user of each. https://docs.kernel.org/networking/proc_net_tcp.html */
const TABLES = ['/proc/net/tcp', '/proc/net/tcp6'];

const TIME_WAIT = '06';

/** Whether the system names the users of connections. Linux does. */
export async function canTellPeers(): Promise<boolean> {
  if (process.platform !== 'linux') return false;
  return access(TABLES[0] ?? '').then(
    () => true,
    () => false,
  );
}

/**
 * Tells who opened a connection on a loopback address. The system's root counts as the user, because it can read all
 * that the user can. `unknown` also if no local program holds the other end, as with some forwarded connections.
 */
export async function peerOf({ remotePort = 0, localPort = 0 }: Socket): Promise<Peer> {
  const tables = await Promise.all(TABLES.map((table) => readFile(table, 'utf8').catch(() => '')));
  const owners = tables.flatMap((table) => ownersOf(table, { from: remotePort, to: localPort }));
  const self = process.getuid?.();
  // Several loopback addresses can have the same port, so all owners must be fine.
  const other = owners.find(({ uid, open }) => uid !== self && !(uid === 0 && open));
  if (other) return { uid: other.uid };
  return owners.length > 0 ? 'self' : 'unknown';
}

/**
 * The users of the connections between two ports, in the format of `/proc/net/tcp`. `open`: whether a program holds the
 * connection; the kernel lists a closed one as root's.
 */
export function ownersOf(table: string, { from, to }: { from: number; to: number }): { uid: number; open: boolean }[] {
  return table
    .split('\n')
    .slice(1)
    .flatMap((line) => {
      const [, local = '', remote = '', state, , , , uid, , inode] = line.trim().split(/\s+/);
      const isIt = portOf(local) === from && portOf(remote) === to && state !== TIME_WAIT;
      return isIt ? [{ uid: Number(uid), open: inode !== '0' }] : [];
    });
}

/** The port of `0100007F:1F90`. */
function portOf(address: string): number {
  return Number.parseInt(address.split(':')[1] ?? '', 16);
}
