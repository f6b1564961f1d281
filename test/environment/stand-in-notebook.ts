import { ensureTestImage, type TestImage } from './test-images.ts';

/** A small image with a server that answers as Jupyter does: for tests that are not about Jupyter. */
export const NOTEBOOK_IMAGE = 'ezj-test/stand-in-notebook:1';

/** Builds the stand-in for a notebook server, if it is not there as it is now. */
export async function ensureNotebookImage(base: string): Promise<void> {
  const image: TestImage = { name: NOTEBOOK_IMAGE, folder: 'stand-in-notebook', args: { BASE: base } };
  // Under a name of its own, the first stage is a cache, and nobody's litter.
  const stages = [{ ...image, name: NOTEBOOK_IMAGE.replace(/:.*/, ':files'), target: 'files' }];
  await ensureTestImage(image, { stages });
}
