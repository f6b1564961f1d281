import path from 'node:path';
import { holdOnIPv6, releaseOnIPv6, resolvesLocalhostNames } from '../host/hostnames.ts';
import type { Server } from '../notebooks/running-server.ts';
import { answersTo } from '../notebooks/server.ts';
import { slug } from '../protocol/names.ts';
import type { Session } from '../protocol/session.ts';
import type { LaunchContext } from './context.ts';
import type { KnownSession } from './runtime.ts';

/**
 * The hostname of a session alone, because cookies do not distinguish ports. The key in it makes it unique: no project
 * file can choose the hostname of another session.
 */
export function hostnameOf(project: string, key: string): string {
  return `${slug(path.basename(project))}-${key}.localhost`;
}

/**
 * The own hostname under which a browser here reaches a running session; undefined if it cannot have one: its address is
 * not 127.0.0.1, another program has its port on ::1, or its server refuses the name.
 */
export async function ownHostname(
  { session: { project, port }, key }: Pick<KnownSession, 'session' | 'key'>,
  server: Server,
): Promise<string | undefined> {
  if (!isHere(server) || !(await holdOnIPv6(port))) return undefined;
  const hostname = hostnameOf(project, key);
  return (await answersTo(server, hostname)) ? hostname : undefined;
}

/** The hostname for a URL that the user gets: the own one if this system resolves it, otherwise the address. */
export async function hostnameForUrl(
  known: Pick<KnownSession, 'session' | 'key'>,
  server: Server,
): Promise<{ hostname: string; isOwn: boolean }> {
  // Browsers resolve the name on many systems that do not, so the port is held in any case.
  if (isHere(server)) await holdOnIPv6(known.session.port);
  const own = (await resolvesLocalhostNames()) ? await ownHostname(known, server) : undefined;
  return { hostname: own ?? server.address, isOwn: own !== undefined };
}

/** Whether another running session has the same address, and so the same cookies if it is opened there. */
export async function hasNeighbours(
  { container, bind }: Session,
  { registry }: Pick<LaunchContext, 'registry'>,
): Promise<boolean> {
  const sessions = await registry.list();
  return sessions.some((other) => other.container !== container && other.bind === bind && other.state === 'running');
}

/**
 * Holds the other loopback address of all sessions again, after a change of daemon, so that other users cannot use it.
 */
export async function holdHostnames({ runtime }: Pick<LaunchContext, 'runtime'>): Promise<void> {
  // The first answer can take long.
  void resolvesLocalhostNames();
  const sessions = await runtime.list();
  const running = sessions.filter(({ session }) => session.state === 'running');
  await Promise.all(running.map(({ session }) => holdOnIPv6(session.port)));
}

/** Releases what was held for the hostname of a session that has ended. */
export function releaseHostname({ port }: Session): void {
  void releaseOnIPv6(port);
}

function isHere({ address }: Server): boolean {
  return address === '127.0.0.1';
}
