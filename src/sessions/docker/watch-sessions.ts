import type { ContainerEvent, Engine } from '../../engine/engine.ts';
import { LABEL, ownedBy } from '../../protocol/labels.ts';
import type { Ended, SessionChange } from '../runtime.ts';

/** What each event of a container means for its session. */
const CHANGES: Record<ContainerEvent['action'], SessionChange['what']> = {
  create: 'created',
  start: 'started',
  die: 'ended',
  destroy: 'removed',
  oom: 'other',
  pause: 'other',
  unpause: 'other',
};

/** New changes of the containers of an owner's sessions. Builds have containers too, without the label of a session. */
export async function* sessionChanges(
  { engine, owner }: { engine: Engine; owner: string },
  options: { signal: AbortSignal; onReady: () => void },
): AsyncGenerator<SessionChange> {
  for await (const { action, container, labels } of engine.events(ownedBy(owner), options)) {
    if (labels[LABEL.session] === undefined) continue;
    yield { id: container, key: labels[LABEL.key] ?? '', what: CHANGES[action] };
  }
}

/** Resolves when a container no longer runs. See {@link Runtime.waitForEnd}. */
export async function waitForEnd(
  engine: Engine,
  container: string,
  { signal }: { signal: AbortSignal },
): Promise<Ended | undefined> {
  await engine.waitForExit(container, { signal });
  const details = await engine.inspectContainer(container);
  return details && { exitCode: details.exitCode, outOfMemory: details.outOfMemory, error: details.error };
}
