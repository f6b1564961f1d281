import type { Engine } from '../engine/engine.ts';

/**
 * Runs `work`, during which an image may have this name. However that ends, the name is then what it was: of no image, or of the
 * one that had it.
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
