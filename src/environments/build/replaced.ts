import type { Engine } from '../../engine/engine.ts';

/** Removes an image that has lost its last name to the one built in its place. What has another name, or a session, stays. */
export async function removeReplaced(engine: Engine, id: string): Promise<void> {
  const left = await engine.inspectImage(id).catch(() => undefined);
  if (left?.tags.length === 0) await engine.removeImage(id).catch(() => {});
}
