import type { Engine, Image } from '../engine/engine.ts';

/** An image to remove, and the space that this frees: without the layers that it shares with the image below it. */
export interface Removable {
  image: Image;
  bytes: number;
}

/** Selects the candidates, given by ID, that no remaining image is built on. Upper images come first. */
export function withoutDependents(images: Image[], candidates: string[]): Removable[] {
  const staying = images.filter(({ id }) => !candidates.includes(id));
  return images
    .filter((image) => candidates.includes(image.id) && !staying.some((other) => standsOn(other, image)))
    .sort((a, b) => b.layers.length - a.layers.length)
    .map((image) => ({ image, bytes: ownBytes(image, images) }));
}

/** Whether an image is built on all layers of another one. */
export function standsOn({ layers }: Image, below: Image): boolean {
  return below.layers.every((layer, i) => layer === layers[i]);
}

/** The size of an image beyond the largest image that it is built on. */
export function ownBytes(image: Image, images: Image[]): number {
  const below = images.filter((other) => other.layers.length < image.layers.length && standsOn(image, other));
  return image.bytes - Math.max(0, ...below.map(({ bytes }) => bytes));
}

/** Inspects all images with a name, all uppermost images, and those of `ids`, with their layers. */
export async function inspectAll(engine: Engine, ids: string[] = []): Promise<Image[]> {
  const listed = (await engine.listImages([])).map(({ id }) => id);
  const images = await Promise.all([...new Set([...listed, ...ids])].map((id) => engine.inspectImage(id)));
  return images.filter((image) => image !== undefined);
}
