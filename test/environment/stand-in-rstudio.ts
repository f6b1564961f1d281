import { ensureTestImage, type TestImage } from './test-images.ts';

const REPOSITORY = 'ezj-test/stand-in-rstudio';

const VERSIONS = {
  current: { R_VERSION: '4.4.2', RSTUDIO_VERSION: '2024.12.0+467' },
  '2021': { R_VERSION: '4.0.5', RSTUDIO_VERSION: '1.4.1106' },
  '2020': { R_VERSION: '4.0.0', RSTUDIO_VERSION: '1.3.959' },
};

/** Which of rocker's images is stood in for; docs/rstudio-contract.md has the differences. */
export type Generation = keyof typeof VERSIONS;

/** The name of the stand-in for rocker/rstudio. */
export function standInRstudio(generation: Generation): string {
  return `${REPOSITORY}:${generation}`;
}

/** Builds the stand-ins for rocker/rstudio on ezj's own base image, where they are not there as they are now. */
export async function ensureRstudioImages(base: string): Promise<void> {
  for (const [generation, versions] of Object.entries(VERSIONS)) {
    const args = { BASE: base, GENERATION: generation, ...versions };
    const image: TestImage = { name: standInRstudio(generation as Generation), folder: 'stand-in-rstudio', args };
    // Under a name of its own, the stage that all generations share stays for the next of them, and is nobody's litter.
    await ensureTestImage(image, { stages: [{ ...image, name: `${REPOSITORY}:files`, target: 'files' }] });
  }
}
