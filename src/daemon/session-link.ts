import { originOf } from '../notebooks/own-origin.ts';
import { signIn } from '../notebooks/rstudio-sign-in.ts';
import type { Server } from '../notebooks/running-server.ts';
import { pageUrl } from '../notebooks/server.ts';
import type { LaunchContext } from '../sessions/context.ts';
import { hasNeighbours, ownHostname } from '../sessions/hostnames.ts';
import { type Access, accessSession } from '../sessions/open-session.ts';
import type { LinkTarget } from './pages/links.ts';

/**
 * Creates the target of a link to a session. A token is part of the URL to which the browser is sent. RStudio has a
 * password instead: the daemon signs in and passes the cookies to the browser. Cookies apply to all ports of a
 * hostname, so each session has its own hostname.
 * https://www.rfc-editor.org/rfc/rfc6265#section-8.5
 */
export async function linkTo(
  { server, details, access: { session } }: Access,
  context: LaunchContext,
  { signal, notebook }: { signal: AbortSignal; notebook?: string },
): Promise<LinkTarget> {
  const hostname = await ownHostname(details, server);
  return {
    name: session.name,
    hostname,
    sharesCookies: await hasNeighbours(session, context),
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
