import {
  constants,
  lstatSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  rmdirSync,
  symlinkSync,
  unlinkSync,
} from 'node:fs';
import { copyFile } from 'node:fs/promises';
import path from 'node:path';
import { EzjError } from '../protocol/errors.ts';
import { type HeldFolder, holdFolder } from './held-folder.ts';

/**
 * Copies a file, link or folder of ezj's own to a place that a session can write to. Each folder there is held open while
 * files are put into it: if a session replaces it by a link, no file gets to where the link leads.
 * @throws `cancelled`
 */
export async function copyTo(target: HeldFolder, name: string, from: string, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted) throw new EzjError({ code: 'cancelled', message: 'Cancelled.' });
  const stat = lstatSync(from);
  if (stat.isSymbolicLink()) symlinkSync(readlinkSync(from), target.inside(name));
  // Fails if the file exists, even as a link.
  else if (!stat.isDirectory()) await copyFile(from, target.inside(name), constants.COPYFILE_EXCL);
  else {
    mkdirSync(target.inside(name), { mode: stat.mode & 0o777 });
    const folder = holdFolder(target.inside(name));
    try {
      for (const entry of readdirSync(from)) await copyTo(folder, entry, path.join(from, entry), signal);
    } finally {
      folder.close();
    }
  }
}

/** Removes a file or a folder with all that is in it, and nothing that a link leads to. */
export function removeFrom(parent: HeldFolder, name: string): void {
  const stat = lstatSync(parent.inside(name), { throwIfNoEntry: false });
  if (stat === undefined) return;
  if (!stat.isDirectory()) {
    unlinkSync(parent.inside(name));
    return;
  }
  const folder = holdFolder(parent.inside(name));
  try {
    for (const entry of readdirSync(folder.inside('.'))) removeFrom(folder, entry);
  } finally {
    folder.close();
  }
  rmdirSync(parent.inside(name));
}
