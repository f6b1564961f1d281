import type { Engine, Image } from '../engine/engine.ts';

/** An image that can go, and what goes with it: without the layers that it shares with the image below it. */
export interface Removable {
  image: Image;
  bytes: number;
}

/** Of the candidates, by id, those that no image stands on which stays; those on top come first. */
export function withoutDependents(images: Image[], candidates: string[]): Removable[] {
  const staying = images.filter(({ id }) => !candidates.includes(id));
  return images
    .filter((image) => candidates.includes(image.id) && !staying.some((other) => standsOn(other, image)))
    .sort((a, b) => b.layers.length - a.layers.length)
    .map((image) => ({ image, bytes: ownBytes(image, images) }));
}

/** Whether an image has all layers of another one below its own. */
export function standsOn({ layers }: Image, below: Image): boolean {
  return below.layers.every((layer, i) => layer === layers[i]);
}

/** What an image takes beyond the biggest one that it stands on. */
export function ownBytes(image: Image, images: Image[]): number {
  const below = images.filter((other) => other.layers.length < image.layers.length && standsOn(image, other));
  return image.bytes - Math.max(0, ...below.map(({ bytes }) => bytes));
}

/** Every image that has a name or is not below another one, and those of `ids`, with their layers. */
export async function inspectAll(engine: Engine, ids: string[] = []): Promise<Image[]> {
  const listed = (await engine.listImages([])).map(({ id }) => id);
  const images = await Promise.all([...new Set([...listed, ...ids])].map((id) => engine.inspectImage(id)));
  return images.filter((image) => image !== undefined);
}
