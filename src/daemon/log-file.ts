import { chmodSync, copyFileSync, fstatSync, statSync, truncateSync } from 'node:fs';

/** The size at which a log is set aside. With the one before it, logs take twice as much. */
const LIMIT_BYTES = 5_000_000;

/**
 * Keeps a log small: sets a full one aside as `FILE.old`, which replaces the one before. `fd` writes to it, and only at its end.
 * The file is copied and emptied, because output of other writers with the same descriptor must not be lost.
 */
export function limitLog(file: string, { fd, limitBytes = LIMIT_BYTES }: { fd: number; limitBytes?: number }): void {
  if (fstatSync(fd).size < limitBytes || !isSame(file, fd)) return;
  const old = `${file}.old`;
  copyFileSync(file, old);
  chmodSync(old, 0o600);
  truncateSync(file);
}

/** False if the output goes elsewhere, or if somebody has removed the file. */
function isSame(file: string, fd: number): boolean {
  const found = statSync(file, { throwIfNoEntry: false });
  const written = fstatSync(fd);
  return found !== undefined && found.ino === written.ino && found.dev === written.dev;
}
