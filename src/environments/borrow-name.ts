import type { Engine } from '../engine/engine.ts';

/**
 * Runs `work`, which may give this name to an image. Afterwards, whatever the result, restores the name: to no image, or to the
 * image that had it before.
 */
export async function borrowName<Result>(engine: Engine, name: string, work: () => Promise<Result>): Promise<Result> {
  const before = await engine.inspectImage(name);
  try {
    return await work();
  } finally {
    const back = before ? engine.tagImage(before.id, name) : engine.removeImage(name);
    await back.catch(() => {});
  }
}
