import path from 'node:path';
import Conf from 'conf';
import * as z from 'zod';

/** Records when sessions last used their home folders, because engines do not. By session key. */
export interface HomeUses {
  /**
   * ISO 8601; undefined if it is unknown. Then it counts as used now from the next call on, so nothing is treated as
   * old by mistake.
   */
  lastUsed(key: string): string | undefined;
  /** Records that a session with this key starts or ends. */
  noteUse(key: string): void;
}

/**
 * Opens the record in a file in the daemon's state folder. Only its owner can read it. Unreadable content counts as
 * unknown, and `warn` gets write errors, because sessions do not depend on the record.
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
