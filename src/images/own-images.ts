import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { IMAGE_NAMES, type ImageName } from '../protocol/image.ts';

/** The folder with the Dockerfiles: beside the bundle in dist/ as beside src/. */
export const IMAGES_DIR = path.resolve(__dirname, '..', 'images');

/** Images of this ezj: they stand on each other in the order of `IMAGE_NAMES`. */
export function imagesBelow(name: ImageName): ImageName[] {
  return IMAGE_NAMES.slice(0, IMAGE_NAMES.indexOf(name));
}

/**
 * Name and tag of one of ezj's own images. The tag is a hash of its build files and of those of the images below it, so
 * that an ezj with other files builds another image and never takes an old one for its own.
 */
export async function ownImageTag(name: ImageName): Promise<string> {
  const hash = createHash('sha256');
  for (const each of [...imagesBelow(name), name]) {
    const folder = path.join(IMAGES_DIR, each);
    for (const file of (await readdir(folder)).sort()) {
      hash.update(`${each}/${file}\0`).update(await readFile(path.join(folder, file)));
    }
  }
  return `ezj/${name}:${hash.digest('hex').slice(0, 12)}`;
}
