import type { Engine, Image } from '../engine/engine.ts';
import { isOwnImageTag, ownImageTag } from '../images/own-images.ts';
import { inspectAll, withoutDependents } from '../images/stack.ts';
import { IMAGE_NAMES } from '../protocol/image.ts';
import { LABEL, ownedBy } from '../protocol/labels.ts';

/** An image of ezj that no session needs. */
export interface OldImage {
  tags: string[];
  /** The space that its removal frees: without the layers that it shares with the image below it. */
  bytes: number;
}

/**
 * Finds images that another version of ezj built, and that no container and no other image uses. Upper images come
 * first.
 */
export async function findOldImages(engine: Engine, owner: string): Promise<OldImage[]> {
  const [current, containers, labelled] = await Promise.all([
    Promise.all(IMAGE_NAMES.map(ownImageTag)),
    engine.listContainers([]),
    engine.listImages([ownedBy(owner), LABEL.image]),
  ]);
  const used = new Set(containers.map(({ imageId }) => imageId));
  const unused = labelled.filter(({ id, tags }) => !used.has(id) && isOld(tags, current)).map(({ id }) => id);
  return unused.length === 0 ? [] : removable(await inspectAll(engine), unused);
}

/** Selects the images that no other image is built on. */
export function removable(images: Image[], candidates: string[]): OldImage[] {
  return withoutDependents(images, candidates).map(({ image: { tags }, bytes }) => ({ tags, bytes }));
}

/** Whether all of an image's tags are ezj's, and none of this version. */
export function isOld(tags: string[], current: string[]): boolean {
  return tags.length > 0 && tags.every((tag) => isOwnImageTag(tag) && !current.includes(tag));
}
