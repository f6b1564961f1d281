import type { ChangeWatch, Engine } from '../../engine/engine.ts';
import type { Session } from '../../protocol/session.ts';
import { isGone } from '../readiness.ts';
import type { Stopped } from '../runtime.ts';
import { filesLeft } from './files-outside.ts';
import { inspectSession } from './read-session.ts';

/** Stops a container, and removes it unless it holds files outside. See {@link Runtime.stop}. */
export async function stopAndRemove(
  engine: Engine,
  { container, created }: Session,
  { graceMs, discard }: { graceMs: number; discard: boolean },
): Promise<Stopped> {
  const watch = await engine.watchChanges(container, { created });
  await engine.stopContainer(container, { graceMs });
  const outside = await findOutside(engine, { container, watch, discard });
  const kept = !discard && outside !== undefined && outside.length > 0;
  if (!kept) await engine.removeContainer(container);
  return { kept, outside };
}

/** Undefined if the container is gone, or if discarded files cannot be listed. */
async function findOutside(
  engine: Engine,
  { container, watch, discard }: { container: string; watch: ChangeWatch | undefined; discard: boolean },
): Promise<string[] | undefined> {
  try {
    return await filesLeft(engine, container, watch);
  } catch (error) {
    if (discard || (await isGone({ inspect: (id) => inspectSession(engine, id) }, container))) return undefined;
    throw error;
  }
}
