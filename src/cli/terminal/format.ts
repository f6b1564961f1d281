import os from 'node:os';
import path from 'node:path';

/** Bytes as people read them, in powers of 1000 as docker shows sizes: `1.35 GB`. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  while (Math.round(value) >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 ? value : Number(value.toPrecision(3))} ${units[unit]}`;
}

/** A time span in its largest unit: `45 s`, `3 min`, `2 h`, `5 d`. */
export function formatSpan(spanMs: number): string {
  const seconds = Math.max(0, Math.floor(spanMs / 1000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 2 * 86400) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86400)} d`;
}

/** A path with the home folder as `~`. */
export function shortenHome(folder: string, home: string = os.homedir()): string {
  if (folder === home) return '~';
  return folder.startsWith(home + path.sep) && home.length > 1 ? `~${folder.slice(home.length)}` : folder;
}

/** `1 file`, `2 files`. */
export function countOf(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
