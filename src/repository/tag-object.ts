import path from 'node:path';
import { inflateSync } from 'node:zlib';
import { LIMITS, readGitFile } from './git-file.ts';

/** A tag with a long message has some KB. */
const MOST_BYTES = 1024 ** 2;

/**
 * What a tag object is of. Undefined if the object is not a file of its own, because it is in a pack or missing.
 * @throws `folder-taken` if the file is a link or the like
 */
export function readTag(common: string, hash: string): { target: string } | 'no tag' | undefined {
  const bytes = readGitFile(path.join(common, 'objects', hash.slice(0, 2), hash.slice(2)), LIMITS.object);
  const text = bytes && inflate(bytes);
  if (text === undefined) return undefined;
  const target = /^tag \d+\0object ([\da-f]{40}(?:[\da-f]{24})?)\n/.exec(text)?.[1];
  return target === undefined ? 'no tag' : { target };
}

function inflate(bytes: Buffer): string | undefined {
  try {
    return inflateSync(bytes, { maxOutputLength: MOST_BYTES }).toString('latin1');
  } catch {
    return undefined;
  }
}
