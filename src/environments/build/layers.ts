import { createHash } from 'node:crypto';
import type { NamedFile } from '../files/named-files.ts';
import type { Step } from '../step.ts';

/** Increment this when the same plan leads to another image. */
const TEMPLATE = 1;

/** The identity of the base of an environment. */
export interface BuildBase {
  /** Content hash of the base image. */
  base: string;
  /** Such as `linux/amd64`. */
  platform: string;
}

/**
 * For each step, the hash of everything that makes its layer: the base, the platform, ezj's template, and every step so far with its
 * files. The same project has the same hashes on every machine. A change does not affect the hashes of earlier steps.
 */
export function layerHashes(steps: Step[], buildBase: BuildBase): string[] {
  let hash = buildBaseHash(buildBase);
  return steps.map(({ run, files, env = {}, wrapper = null }) => {
    hash = digest([hash, run, env, wrapper, files.map(digestOfFile)]);
    return hash;
  });
}

/** The start of the hash chain, below the first step. */
export function buildBaseHash({ base, platform }: BuildBase): string {
  return digest([TEMPLATE, base, platform]);
}

/** Name and content of a file, for a hash. */
export function digestOfFile({ path, content }: NamedFile): string[] {
  return [path, digest(content.toString('base64'))];
}

/** SHA-256 of a value as JSON, hexadecimal. */
export function digest(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex');
}
