import { lastActivity } from '../notebooks/server.ts';
import type { Session } from '../protocol/session.ts';
import type { SessionContext } from './context.ts';

/** Adds the time of the last use to running sessions whose servers report it. */
export async function withActivity(sessions: Session[], { runtime }: SessionContext): Promise<Session[]> {
  return Promise.all(
    sessions.map(async (session) => {
      if (session.state !== 'running') return session;
      // A session that does not respond stays in the list.
      const details = await runtime.inspect(session.container).catch(() => undefined);
      return { ...session, lastActivity: details && (await lastActivity(details.server)) };
    }),
  );
}
