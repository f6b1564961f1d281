import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { ROOT } from './engine.ts';
import { ensureTestImage } from './test-images.ts';

/** Web notebooks that ezj knows nothing of but what docs/kinds.md writes into a project file. */
export const OTHER_NOTEBOOKS = {
  notebook: { heading: 'Classic Jupyter Notebook', image: 'my/classic-notebook', folder: 'classic-notebook' },
  marimo: { heading: 'marimo', image: 'my/marimo', folder: 'marimo' },
};

export type OtherNotebook = keyof typeof OTHER_NOTEBOOKS;

const imageOf = (folder: string) => `ezj-test/${folder}:1`;

/** Builds their images, where they are not there as they are now. */
export async function ensureOtherNotebooks(base: string): Promise<void> {
  for (const { folder } of Object.values(OTHER_NOTEBOOKS)) {
    await ensureTestImage({ name: imageOf(folder), folder, args: { BASE: base } });
  }
}

/** Writes the very project file of the docs for one into a folder. */
export async function describeNotebook(name: OtherNotebook, project: string): Promise<void> {
  const { heading, image, folder } = OTHER_NOTEBOOKS[name];
  const page = readFileSync(path.join(ROOT, 'docs', 'kinds.md'), 'utf8');
  const section = page.split(`### ${heading}\n`)[1] ?? '';
  const yaml = /```yaml\n(.*?)```/s.exec(section)?.[1];
  if (!yaml?.includes(image)) throw new Error(`docs/kinds.md has no project file for ${heading}`);
  await writeFile(path.join(project, 'ezj.yaml'), yaml.replace(image, imageOf(folder)));
}
