import { ensureTestImage } from './test-images.ts';

/** Behaves towards a launcher as `quay.io/jupyter/base-notebook` does. It is built on ezj's own smallest image. */
export const STACKS_IMAGE = 'ezj-test/stand-in-docker-stacks:1';

/** The same on ezj's image with R. */
export const STACKS_R_IMAGE = 'ezj-test/stand-in-docker-stacks:r';

/** Builds both, if they are not there as they are now: each installs Debian packages, which takes longer than a test. */
export async function ensureStacksImages({ base, r }: { base: string; r: string }): Promise<void> {
  const folder = 'stand-in-docker-stacks';
  await ensureTestImage({ name: STACKS_IMAGE, folder, args: { BASE: base } });
  await ensureTestImage({ name: STACKS_R_IMAGE, folder, args: { BASE: r } });
}
