import { closeSync, constants, lstatSync, openSync, type Stats } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { EzjError } from '../protocol/errors.ts';

/** A folder that stays the same one, although a session may replace its name by a link at any time. */
export interface HeldFolder {
  /** A path for a name in it, for one call: below a Linux kernel it reaches this very folder, elsewhere it is checked first. */
  inside: (name: string) => string;
  close: () => void;
}

/**
 * Holds a folder open. The last part of the path is no link.
 * @throws `clone-failed` if the folder is a link or no folder
 */
export function holdFolder(folder: string): HeldFolder {
  if (process.platform !== 'linux') return watchFolder(folder);
  const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW } = constants;
  try {
    const descriptor = openSync(folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    return {
      inside: (name) => `/proc/self/fd/${descriptor}/${name}`,
      close: () => closeSync(descriptor),
    };
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'ELOOP' || code === 'ENOTDIR') throw replaced(folder, cause);
    throw cause;
  }
}

/** Whether two looks at files saw the same one. */
export function isSameFile(one: Stats, other: Stats): boolean {
  return one.dev === other.dev && one.ino === other.ino;
}

/** The error for a folder that changed under ezj. */
export function replaced(folder: string, cause?: unknown): EzjError {
  return new EzjError({
    code: 'clone-failed',
    message: `Another program replaced ${folder} while ezj cloned`,
    hint: 'Run the command again in a folder that no session can write to, or stop the sessions of the folders above',
    cause,
  });
}

function watchFolder(folder: string): HeldFolder {
  const before = lstatSync(folder);
  if (!before.isDirectory()) throw replaced(folder);
  const inside = (name: string) => {
    if (!isSameFile(lstatSync(folder), before)) throw replaced(folder);
    return path.join(folder, name);
  };
  return { inside, close: () => {} };
}
