import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import { makeWheel, type PackageIndex, startIndex } from '../environment/package-index.ts';
import { createSandbox, type Sandbox } from '../environment/sandbox.ts';
import { NOTEBOOK_IMAGE } from '../environment/stand-in-notebook.ts';
import { buildImage } from './derived-image.ts';

/** A sandbox whose folder asks for a package of these tests' own, and an image that nobody else builds on. */
export interface PackedWorld {
  sandbox: Sandbox;
  index: PackageIndex;
  image: string;
}

/**
 * Opens one with `ezj-one` and `ezj-two` in its index and `ezj-one` in its requirements.txt. It is closed with the test,
 * or when `keep` says: it is called with what closes it.
 */
export async function openPackedWorld(
  keep: (close: () => Promise<void>) => void = onTestFinished,
): Promise<PackedWorld> {
  const [sandbox, index] = [await createSandbox(), await startIndex()];
  keep(async () => {
    await sandbox.cleanup();
    await index.close();
  });
  useIndex(sandbox, index);
  // Layers that two worlds make in the same second must differ: an image that stands on another keeps it.
  index.add(...makeWheel('ezj_one', '1.0', `ANSWER = 1\n# ${sandbox.owner}\n`));
  index.add(...makeWheel('ezj_two', '1.0', `ANSWER = 2\n# ${sandbox.owner}\n`));
  const image = await buildImage(sandbox, {
    dockerfile: `FROM ${NOTEBOOK_IMAGE}\nENV EZJ_TEST=${sandbox.owner}\n`,
  });
  await ask(sandbox, 'ezj-one\n');
  return { sandbox, index, image };
}

/** Makes an index known to a sandbox's pip. */
export function useIndex({ env }: Sandbox, { url, host }: PackageIndex): void {
  Object.assign(env, { PIP_INDEX_URL: url, PIP_TRUSTED_HOST: host });
}

/** Writes the requirements of a sandbox's folder. */
export function ask({ project }: Sandbox, requirements: string): Promise<void> {
  return writeFile(path.join(project, 'requirements.txt'), requirements);
}
