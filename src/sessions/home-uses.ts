import path from 'node:path';
import Conf from 'conf';
import * as z from 'zod';

/** When sessions last used their home folders, which no engine tells. By session key. */
export interface HomeUses {
  /** ISO 8601; undefined where it is not known. Then it counts as used at this moment from the next time on: nothing is taken for old. */
  lastUsed(key: string): string | undefined;
  /** A session with this key has begun or ended. */
  noteUse(key: string): void;
}

/**
 * Opens the record in a file of the daemon's state folder, for its owner alone. What cannot be read is not known, and what cannot
 * be written is said to `warn`: no session depends on it.
 */
export function openHomeUses(
  file: string,
  { warn, now = () => new Date() }: { warn: (text: string) => void; now?: () => Date },
): HomeUses {
  const open = () =>
    new Conf<Record<string, unknown>>({
      cwd: path.dirname(file),
      configName: path.basename(file, '.json'),
      configFileMode: 0o600,
      accessPropertiesByDotNotation: false,
      clearInvalidConfig: true,
    });

  function noteUse(key: string): void {
    try {
      open().set(key, now().toISOString());
    } catch (error) {
      warn(
        `${file} cannot be written: ${(error as Error).message}. ezj does not remember when home folders were used.`,
      );
    }
  }

  return {
    noteUse,
    lastUsed(key) {
      const known = z.iso.datetime().safeParse(readEntry(open, key));
      if (known.success) return known.data;
      noteUse(key);
      return undefined;
    },
  };
}

function readEntry(open: () => Conf<Record<string, unknown>>, key: string): unknown {
  try {
    return open().get(key);
  } catch {
    return undefined;
  }
}
