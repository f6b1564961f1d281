import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import type { TestProject } from 'vitest/node';
import { ensureCompilersImage } from './compilers.ts';
import { ensureImages } from './engine.ts';
import { request } from './engine-api.ts';
import { ensureLightServers } from './light-server.ts';
import { ensureOtherNotebooks } from './other-notebooks.ts';
import { ensureStacksImages } from './stand-in-docker-stacks.ts';
import { ensureNotebookImage } from './stand-in-notebook.ts';
import { ensureRstudioImages } from './stand-in-rstudio.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Reference of ezj's own smallest image: JupyterLab without the science packages. */
    baseImage: string;
  }
}

/** Runs before the first test file of a project that uses the engine. `npm test` keeps in a file that it was done. */
export async function setup({ provide }: TestProject): Promise<void> {
  const done = process.env.EZJ_TEST_PREPARED;
  if (done && existsSync(done)) return provide('baseImage', await readFile(done, 'utf8'));
  const base = await prepare();
  if (done) await writeFile(done, base);
  provide('baseImage', base);
}

// Here, because test files run side by side and would build them twice.
async function prepare(): Promise<string> {
  await request({ path: '/_ping' });
  const { base, r } = await ensureImages();
  await ensureNotebookImage(base);
  await ensureRstudioImages(base);
  await ensureOtherNotebooks(base);
  await ensureStacksImages({ base, r });
  await ensureCompilersImage(base);
  await ensureLightServers({ base, r });
  return base;
}
