import { holdOnIPv6 } from '../host/hostnames.ts';
import type { Server } from '../notebooks/running-server.ts';
import type { Session } from '../protocol/session.ts';
import type { SessionContext } from './context.ts';

/**
 * The own hostname of a session that signs in with cookies, because cookies do not distinguish ports; undefined if it
 * cannot have one.
 */
export async function ownHostname(
  { name, port }: Pick<Session, 'name' | 'port'>,
  { address, contract }: Server,
): Promise<string | undefined> {
  const wanted = contract.signIn === 'rstudio' && address === '127.0.0.1';
  return wanted && (await holdOnIPv6(port)) ? `${name}.localhost` : undefined;
}

/**
 * Holds the other loopback address of such sessions again, after a change of daemon, so that other users cannot use it.
 */
export async function holdHostnames({ runtime }: Pick<SessionContext, 'runtime'>): Promise<void> {
  const sessions = await runtime.list();
  const byCookie = sessions.filter(({ session, signIn }) => session.state === 'running' && signIn === 'rstudio');
  await Promise.all(byCookie.map(({ session }) => holdOnIPv6(session.port)));
}
