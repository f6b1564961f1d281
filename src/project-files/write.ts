import { randomBytes } from 'node:crypto';
import { constants, mkdirSync, realpathSync } from 'node:fs';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { EzjError } from '../protocol/errors.ts';
import type { Held } from './held.ts';
import { type Finding, findPlace, type Place, systemReason } from './place.ts';
import { readFileIn } from './read.ts';

const CREATE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | (constants.O_NOFOLLOW ?? 0);

/** A file to write, and what must be there before. */
export interface Writing extends Finding {
  content: Buffer;
  /** The content that is replaced; undefined for a new file. */
  read: Buffer | undefined;
}

/**
 * Writes a file of a project completely or not at all: first next to it, then in its place, with the same mode and
 * owner. Keeps a link to a file within the project.
 * @throws what `refuse` makes, also if the file differs from `read`
 */
export async function writeFileIn(root: string, name: string, { content, read, refuse }: Writing): Promise<void> {
  const place = findPlace(root, name, { refuse });
  if (!place) throw refuse('its folder does not exist');
  try {
    await refuseChanged(root, place, { read, refuse });
    await replace(place, content);
  } catch (error) {
    throw error instanceof EzjError ? error : refuse(systemReason(error));
  } finally {
    place.close();
  }
}

/** Refuses to overwrite a change that somebody saved meanwhile. */
async function refuseChanged(
  root: string,
  { path: real }: Place,
  { read, refuse }: Pick<Writing, 'read' | 'refuse'>,
): Promise<void> {
  const limitBytes = (read?.length ?? 0) + 1;
  const tooBig = () => refuse('it was changed in the meantime');
  const now = await readFileIn(root, real, { limitBytes, refuse: tooBig, links: 'refuse' });
  if (now === undefined || read === undefined ? now !== read : !now.equals(read)) throw tooBig();
}

async function replace({ folder, name, found }: Place, content: Buffer): Promise<void> {
  const beside = folder.entry(`.${name}-${randomBytes(6).toString('hex')}`);
  try {
    const file = await open(beside, CREATE, found ? 0o600 : 0o644);
    try {
      await file.writeFile(content);
      await takeAfter(file, found, folder);
    } finally {
      await file.close();
    }
    await rename(beside, folder.entry(name));
  } catch (error) {
    await rm(beside, { force: true });
    throw error;
  }
}

/** Gives a file mode and owner of the one that it replaces. A new file gets the owner of the folder. */
async function takeAfter(file: FileHandle, before: Held | undefined, folder: Held): Promise<void> {
  if (before) await file.chmod(before.stats.mode & 0o7777);
  const { uid, gid } = (before ?? folder).stats;
  const made = await file.stat();
  if (made.uid !== uid || made.gid !== gid) await file.chown(uid, gid).catch(() => {});
}

/** The folder that a user has named, as the root for {@link createFileIn}. Creates it if it does not exist. */
export function makeRoot(folder: string): string {
  mkdirSync(folder, { recursive: true });
  return realpathSync(folder);
}

/** The folder that a user has named, with links resolved; undefined if it does not exist. */
export function rootOf(folder: string): string | undefined {
  try {
    return realpathSync(folder);
  } catch {
    return undefined;
  }
}

/** Writes a new file of a project, and creates the folders on the way to it. Follows no link. */
export async function createFileIn(
  root: string,
  name: string,
  { content, refuse }: Finding & { content: Buffer },
): Promise<void> {
  for (const above of foldersAbove(name)) makeFolder(root, above, refuse);
  const place = findPlace(root, name, { refuse, links: 'refuse' });
  try {
    if (!place || place.found) throw refuse('it is there already');
    const file = await open(place.folder.entry(place.name), CREATE, 0o666);
    await file.writeFile(content).finally(() => file.close());
  } catch (error) {
    throw error instanceof EzjError ? error : refuse(systemReason(error));
  } finally {
    place?.close();
  }
}

/** The folders on the way to a file, outermost first. */
export function foldersAbove(name: string): string[] {
  const parts = name.split('/').slice(0, -1);
  return parts.map((_, i) => parts.slice(0, i + 1).join('/'));
}

function makeFolder(root: string, name: string, refuse: Finding['refuse']): void {
  const place = findPlace(root, name, { refuse, links: 'refuse' });
  try {
    if (place && !place.found) mkdirSync(place.folder.entry(place.name));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw refuse(systemReason(error));
  } finally {
    place?.close();
  }
}
