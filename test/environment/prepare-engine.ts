import { ensureImages } from './engine.ts';
import { request } from './engine-api.ts';

/** Runs before the first test file of a project that uses the engine. */
export async function setup(): Promise<void> {
  await request({ path: '/_ping' });
  await ensureImages();
}
