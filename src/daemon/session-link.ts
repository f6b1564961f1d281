import { signIn } from '../notebooks/rstudio-sign-in.ts';
import { pageUrl, type Server } from '../notebooks/server.ts';
import type { Session } from '../protocol/session.ts';
import type { LaunchContext } from '../sessions/launch.ts';
import { type Access, accessContainer, ownHostname } from '../sessions/open-session.ts';
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
  const byCookie = server.contract.signIn === 'rstudio';
  const hostname = await ownHostname(session, server);
  return {
    name: session.name,
    hostname,
    crowded: byCookie && (await hasNeighbours(session, context)),
    origins: [originOf(server), ...(hostname ? [originOf({ ...server, address: hostname })] : [])],
    async use(onOwnHostname) {
      // Much can have happened since the link was made.
      const now = await accessContainer(session.container, context, { signal });
      const cookies = byCookie ? await signIn(now.server, signal) : [];
      const address = onOwnHostname && hostname ? hostname : now.server.address;
      return { location: pageUrl({ ...now.server, address }, notebook), cookies };
    },
  };
}

function originOf(server: Server): string {
  return new URL(pageUrl(server)).origin;
}

async function hasNeighbours({ kind, name }: Session, { registry }: LaunchContext): Promise<boolean> {
  const sessions = await registry.list();
  return sessions.some((other) => other.kind === kind && other.name !== name && other.state === 'running');
}
