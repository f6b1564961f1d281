import { ensureImages } from './engine.ts';
import { request } from './engine-api.ts';
import { ensureNotebookImage } from './stand-in-notebook.ts';
import { ensureRstudioImage } from './stand-in-rstudio.ts';

/** Runs before the first test file of a project that uses the engine. */
export async function setup(): Promise<void> {
  await request({ path: '/_ping' });
  await ensureImages();
  await ensureNotebookImage();
  // Here, because test files run side by side and would build them twice.
  for (const generation of ['current', '2021', '2020'] as const) await ensureRstudioImage(generation);
}
