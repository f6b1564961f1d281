import { signIn } from '../notebooks/rstudio-sign-in.ts';
import type { Server } from '../notebooks/running-server.ts';
import { pageUrl } from '../notebooks/server.ts';
import { sessionsOf } from '../protocol/labels.ts';
import type { Session } from '../protocol/session.ts';
import type { LaunchContext } from '../sessions/context.ts';
import { ownHostname } from '../sessions/hostnames.ts';
import { readServer } from '../sessions/labels.ts';
import { type Access, accessContainer } from '../sessions/open-session.ts';
import type { LinkTarget } from './pages/links.ts';

/**
 * What a link to a session leads to. A token goes into the URL that the browser is led to. RStudio asks for a password: the
 * daemon signs in itself and hands the browser the cookies. They hold for all ports of a hostname, so each such session has
 * one of its own, NAME.localhost (https://www.rfc-editor.org/rfc/rfc6265#section-8.5).
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
      // Much can have happened since the link was made.
      const now = await accessContainer(session.container, context, { signal });
      const cookies = takesCookies(now.server) ? await signIn(now.server) : [];
      const address = onOwnHostname && hostname ? hostname : now.server.address;
      return { location: pageUrl({ ...now.server, address }, notebook), cookies };
    },
  };
}

/** Whether a link opens the session signed in: cookies of the page's hostname are no use at another address. */
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

/** Whether another session that signs in by cookies could be signed out. */
async function hasNeighbours({ container }: Session, { engine, owner }: LaunchContext): Promise<boolean> {
  const containers = await engine.listContainers(sessionsOf(owner));
  return containers.some(
    (other) => other.id !== container && other.state === 'running' && readServer(other).signIn === 'rstudio',
  );
}
