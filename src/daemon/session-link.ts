import { signIn } from '../notebooks/rstudio-sign-in.ts';
import type { Server } from '../notebooks/running-server.ts';
import { pageUrl } from '../notebooks/server.ts';
import type { Session } from '../protocol/session.ts';
import type { LaunchContext } from '../sessions/context.ts';
import { ownHostname } from '../sessions/hostnames.ts';
import { type Access, accessSession } from '../sessions/open-session.ts';
import type { LinkTarget } from './pages/links.ts';

/**
 * Creates the target of a link to a session. A token is part of the URL to which the browser is sent. RStudio has a
 * password instead: the daemon signs in and passes the cookies to the browser. Cookies apply to all ports of a
 * hostname, so each such session has its own hostname, NAME.localhost.
 * https://www.rfc-editor.org/rfc/rfc6265#section-8.5
 */
export async function linkTo(
  { server, access: { session } }: Access,
  context: LaunchContext,
  { signal, notebook }: { signal: AbortSignal; notebook?: string },
): Promise<LinkTarget> {
  const hostname = await ownHostname(session, server);
  return {
    name: session.name,
    hostname,
    sharesCookies: byCookie(server) && (await hasNeighbours(session, context)),
    origins: [originOf(server), ...(hostname ? [originOf({ ...server, address: hostname })] : [])],
    async use(onOwnHostname) {
      // The session may have changed since the link was created.
      const now = await accessSession(session.container, context, { signal });
      const cookies = takesCookies(now.server) ? await signIn(now.server) : [];
      const address = onOwnHostname && hostname ? hostname : now.server.address;
      return { location: pageUrl({ ...now.server, address }, notebook), cookies };
    },
  };
}

/** Whether a link opens the session signed in. Cookies for the hostname of the page do not work at another address. */
export function opensSignedIn(server: Server): boolean {
  return !byCookie(server) || takesCookies(server);
}

function takesCookies(server: Server): boolean {
  return byCookie(server) && server.address === '127.0.0.1';
}

function byCookie({ contract }: Server): boolean {
  return contract.signIn === 'rstudio';
}

function originOf(server: Server): string {
  return new URL(pageUrl(server)).origin;
}

/** Whether another session that signs in with cookies could be signed out. */
async function hasNeighbours({ container }: Session, { runtime }: LaunchContext): Promise<boolean> {
  const sessions = await runtime.list();
  return sessions.some(
    ({ session, signIn }) => session.container !== container && session.state === 'running' && signIn === 'rstudio',
  );
}
