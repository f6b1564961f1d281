import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { ROOT } from './engine.ts';
import { ensureTestImage, ownBase } from './test-images.ts';

/** Web notebooks that ezj knows nothing of but what docs/kinds.md writes into a project file. */
export const OTHER_NOTEBOOKS = {
  notebook: { heading: 'Classic Jupyter Notebook', image: 'my/classic-notebook', folder: 'classic-notebook' },
  marimo: { heading: 'marimo', image: 'my/marimo', folder: 'marimo' },
};

export type OtherNotebook = keyof typeof OTHER_NOTEBOOKS;

/** Builds the image of one, where it is not there, and writes the very project file of the docs for it into a folder. */
export async function describeNotebook(name: OtherNotebook, project: string): Promise<void> {
  const { heading, image, folder } = OTHER_NOTEBOOKS[name];
  const built = await ensureTestImage({ name: `ezj-test/${folder}:1`, folder, args: { BASE: await ownBase() } });
  const page = readFileSync(path.join(ROOT, 'docs', 'kinds.md'), 'utf8');
  const section = page.split(`### ${heading}\n`)[1] ?? '';
  const yaml = /```yaml\n(.*?)```/s.exec(section)?.[1];
  if (!yaml?.includes(image)) throw new Error(`docs/kinds.md has no project file for ${heading}`);
  await writeFile(path.join(project, 'ezj.yaml'), yaml.replace(image, built));
}
