import { lastActivity } from '../notebooks/server.ts';
import type { Session } from '../protocol/session.ts';
import type { SessionContext } from './context.ts';
import { serverOf } from './server-of.ts';

/** The sessions with the time of their last use, as far as they run and their servers tell it. */
export async function withActivity(sessions: Session[], { engine }: SessionContext): Promise<Session[]> {
  return Promise.all(
    sessions.map(async (session) => {
      if (session.state !== 'running') return session;
      // One that cannot be asked is still one to list.
      const details = await engine.inspectContainer(session.container).catch(() => undefined);
      return { ...session, lastActivity: details && (await lastActivity(serverOf(details))) };
    }),
  );
}
