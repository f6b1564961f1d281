import type { Engine } from '../../engine/engine.ts';

/** Removes an image that lost its last name to a new build. Keeps it if it has another name or a session. */
export async function removeReplaced(engine: Engine, id: string): Promise<void> {
  const left = await engine.inspectImage(id).catch(() => undefined);
  if (left?.tags.length === 0) await engine.removeImage(id).catch(() => {});
}
