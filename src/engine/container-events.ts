import { EzjError } from '../protocol/errors.ts';
import type { Connection } from './connection.ts';
import type { ContainerEvent } from './engine.ts';
import { openStream } from './engine-call.ts';
import { hintOf, toEngineError } from './engine-errors.ts';
import { readJsonLines } from './json-lines.ts';

/** The fields of one event that ezj reads. */
interface RawEvent {
  Type?: string;
  Action?: string;
  Actor?: { ID?: string; Attributes?: Record<string, string> | null };
}

// `died` and `remove` are Podman's words.
const ACTIONS: Record<string, ContainerEvent['action']> = {
  create: 'create',
  start: 'start',
  die: 'die',
  died: 'die',
  destroy: 'destroy',
  remove: 'destroy',
  oom: 'oom',
  pause: 'pause',
  unpause: 'unpause',
};

/**
 * Yields new events of containers with the label, until `signal` fires.
 *
 * @throws `engine-gone` when the engine ends the stream
 */
export async function* containerEvents(
  connection: Connection,
  label: string,
  { signal, onReady }: { signal: AbortSignal; onReady?: () => void },
): AsyncGenerator<ContainerEvent> {
  const what = 'follow container events';
  try {
    const stream = await openStream(connection, { what, signal }, (abortSignal) =>
      connection.docker.getEvents({ filters: { type: ['container'], label: [label] }, abortSignal }),
    );
    onReady?.();
    for await (const event of readJsonLines(stream)) {
      const known = toContainerEvent(event as RawEvent);
      if (known) yield known;
    }
  } catch (thrown) {
    if (signal.aborted) return;
    throw toEngineError(thrown, { what, source: connection.source });
  }
  if (signal.aborted) return;
  throw new EzjError({
    code: 'engine-gone',
    message: `The engine at ${connection.source} ended its stream of events`,
    hint: hintOf('engine-gone'),
  });
}

function toContainerEvent({ Action = '', Actor = {} }: RawEvent): ContainerEvent | undefined {
  const action = ACTIONS[Action];
  if (!action || !Actor.ID) return undefined;
  return { action, container: Actor.ID, labels: Actor.Attributes ?? {} };
}
