import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { IMAGE_NAMES, type ImageName } from '../protocol/image.ts';

/** The folder with the Dockerfiles, next to dist/ and src/. */
export const IMAGES_DIR = path.resolve(__dirname, '..', 'images');

const OWN_TAG = new RegExp(`^ezj/(?:${IMAGE_NAMES.join('|')}):[0-9a-f]{12}$`);

/**
 * Whether a name is one that ezj gives its own images, of this or another version. Labels don't identify them, because
 * every image that is committed or built from one inherits its labels.
 */
export function isOwnImageTag(tag: string): boolean {
  return OWN_TAG.test(tag);
}

/** The images of this ezj, each built on the one before it in `IMAGE_NAMES`. */
export function imagesBelow(name: ImageName): ImageName[] {
  return IMAGE_NAMES.slice(0, IMAGE_NAMES.indexOf(name));
}

/**
 * Name and tag of an image of ezj. The tag is a hash of its build files and of those of the images below it. So another
 * version of ezj with other files builds its own image.
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
