import * as z from 'zod';
import { openRecordFile } from '../config/record-file.ts';

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

/** Opens the record in a file. Unreadable content counts as unknown, because sessions do not depend on the record. */
export function openHomeUses(
  file: string,
  { warn, now = () => new Date() }: { warn: (text: string) => void; now?: () => Date },
): HomeUses {
  const records = openRecordFile(file, { about: 'when home folders were used', warn });
  const noteUse = (key: string) => records.write({ [key]: now().toISOString() });
  return {
    noteUse,
    lastUsed(key) {
      const known = z.iso.datetime().safeParse(records.read()[key]);
      if (known.success) return known.data;
      noteUse(key);
      return undefined;
    },
  };
}
