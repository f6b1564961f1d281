import type { Session, SessionEnd, StopReport, StopRequest } from '../protocol/session.ts';
import type { SessionContext, SharedContext } from './context.ts';
import { sessionKey } from './key.ts';
import type { Registry } from './registry.ts';

/**
 * A stop continues if the caller disconnects. Each stop gets its own signal, because many stops at once would add too
 * many listeners to a shared one.
 */
const uncancelled = () => ({ report: () => {}, signal: new AbortController().signal });

const WAYS_TO_STOP = [true, false].flatMap((force) => [true, false].map((discard) => ({ force, discard })));

/**
 * Stops a session. Callers share a stop with the same options. A stop with `force` or `discard` does not wait for one
 * without it.
 * @throws `session-not-found`
 */
export async function stopNamed(
  name: string,
  { force, discard }: StopRequest,
  context: SharedContext,
): Promise<StopReport> {
  const session = await context.registry.find(name);
  const graceMs = force ? 0 : context.config['stop.graceSeconds'] * 1000;
  const key = stopKey(sessionKey(session, context.owner), { force, discard });
  return context.stops.run(key, uncancelled(), () => stopSession(session, context, { graceMs, discard }));
}

/** Resolves when no stop of the session with this key is running. */
export async function stopsSettled(key: string, { stops }: Pick<SharedContext, 'stops'>): Promise<void> {
  await Promise.all(WAYS_TO_STOP.map((way) => stops.settled(stopKey(key, way))));
}

function stopKey(key: string, { force, discard }: StopRequest): string {
  return `${key}${force ? ' at once' : ''}${discard ? ' discarding' : ''}`;
}

/**
 * Stops a session and removes it. If it holds files outside the project, the mounts and the home folder, keeps it
 * stopped and returns the files; `discard` removes it anyway. The home folder always stays.
 */
async function stopSession(
  session: Session,
  { runtime, registry }: SessionContext & { registry: Registry },
  { graceMs, discard }: { graceMs: number; discard: boolean },
): Promise<StopReport> {
  const { kept, outside } = await runtime.stop(session, { graceMs, discard });
  if (kept) await registry.refresh(session.container);
  else registry.forget(session.container);
  return {
    session: session.name,
    outside: discard ? [] : (outside ?? []),
    discarded: discard ? outside?.length : undefined,
  };
}

/** Resolves when a session has ended, for any reason. A session that was removed at once counts as a normal end. */
export async function waitForEnd(
  { container }: Session,
  { runtime }: SessionContext,
  signal: AbortSignal,
): Promise<SessionEnd> {
  const end = await runtime.waitForEnd(container, { signal });
  return { exitCode: end?.exitCode ?? 0, outOfMemory: end?.outOfMemory ?? false };
}
