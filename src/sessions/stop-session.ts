import type { Engine } from '../engine/engine.ts';
import type { SessionEnd, StopReport } from '../protocol/routes.ts';
import type { Session } from '../protocol/session.ts';
import type { SessionContext } from './context.ts';
import { countFilesOutside, filesOutside } from './files-outside.ts';
import { isGone } from './readiness.ts';
import type { Registry } from './registry.ts';

/**
 * Ends a session. Its container goes, unless it holds files outside the project and the home folder: then it is kept,
 * stopped, and the files are named; `discard` gives them up. The home volume always stays.
 */
export async function stopSession(
  { container, name }: Session,
  { engine, registry }: SessionContext & { registry: Registry },
  { graceMs, discard }: { graceMs: number; discard: boolean },
): Promise<StopReport> {
  await engine.stopContainer(container, { graceMs });
  const isThere = (await engine.inspectContainer(container)) !== undefined;
  const discarded = isThere && discard ? await countFilesOutside(engine, container) : undefined;
  const outside = isThere && !discard ? await filesUnlessGone(engine, container) : [];
  if (outside.length === 0) await engine.removeContainer(container);
  await registry.refresh(container);
  return { session: name, outside, discarded };
}

/** The files of a container that somebody else may remove meanwhile: then there are none to keep it for. */
async function filesUnlessGone(engine: Engine, container: string): Promise<string[]> {
  return filesOutside(engine, container).catch(async (error) => {
    if (await isGone(engine, container)) return [];
    throw error;
  });
}

/** Resolves when a session has ended, by whatever cause. What was removed at once is reported as ended well. */
export async function waitForEnd(
  session: Session,
  { engine }: SessionContext,
  signal: AbortSignal,
): Promise<SessionEnd> {
  await engine.waitForExit(session.container, { signal });
  const details = await engine.inspectContainer(session.container);
  return { exitCode: details?.exitCode ?? 0, outOfMemory: details?.outOfMemory ?? false };
}
