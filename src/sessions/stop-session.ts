import type { ChangeWatch, Engine } from '../engine/engine.ts';
import type { Session, SessionEnd, StopReport, StopRequest } from '../protocol/session.ts';
import type { DaemonContext, SessionContext } from './context.ts';
import { filesLeft } from './files-outside.ts';
import { sessionKey } from './labels.ts';
import { isGone } from './readiness.ts';
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
  context: DaemonContext,
): Promise<StopReport> {
  const session = await context.registry.find(name);
  const graceMs = force ? 0 : context.config['stop.graceSeconds'] * 1000;
  const key = stopKey(sessionKey(session, context.owner), { force, discard });
  return context.stops.run(key, uncancelled(), () => stopSession(session, context, { graceMs, discard }));
}

/** Resolves when no stop of the session with this key is running. */
export async function stopsSettled(key: string, { stops }: Pick<DaemonContext, 'stops'>): Promise<void> {
  await Promise.all(WAYS_TO_STOP.map((way) => stops.settled(stopKey(key, way))));
}

function stopKey(key: string, { force, discard }: StopRequest): string {
  return `${key}${force ? ' at once' : ''}${discard ? ' discarding' : ''}`;
}

/**
 * Stops a session and removes its container. If the container holds files outside the project, the mounts and the home
 * folder, keeps it stopped and returns the files; `discard` removes it anyway. The home volume always stays.
 */
export async function stopSession(
  { container, name, created }: Session,
  { engine, registry }: SessionContext & { registry: Registry },
  { graceMs, discard }: { graceMs: number; discard: boolean },
): Promise<StopReport> {
  const watch = await engine.watchChanges(container, { created });
  await engine.stopContainer(container, { graceMs });
  const outside = await findOutside(engine, { container, watch, discard });
  if (discard || !outside?.length) {
    await engine.removeContainer(container);
    registry.forget(container);
  } else await registry.refresh(container);
  return { session: name, outside: discard ? [] : (outside ?? []), discarded: discard ? outside?.length : undefined };
}

/** Undefined if the container is gone, or if discarded files cannot be counted. */
async function findOutside(
  engine: Engine,
  { container, watch, discard }: { container: string; watch: ChangeWatch | undefined; discard: boolean },
): Promise<string[] | undefined> {
  try {
    return await filesLeft(engine, container, watch);
  } catch (error) {
    if (discard || (await isGone(engine, container))) return undefined;
    throw error;
  }
}

/** Resolves when a session has ended, for any reason. A container that was removed at once counts as a normal end. */
export async function waitForEnd(
  session: Session,
  { engine }: SessionContext,
  signal: AbortSignal,
): Promise<SessionEnd> {
  await engine.waitForExit(session.container, { signal });
  const details = await engine.inspectContainer(session.container);
  return { exitCode: details?.exitCode ?? 0, outOfMemory: details?.outOfMemory ?? false };
}
