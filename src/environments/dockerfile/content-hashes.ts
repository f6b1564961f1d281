import { createHash, randomBytes } from 'node:crypto';
import type { Stats } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Finding } from '../../project-files/place.ts';
import { openFileIn } from '../../project-files/read.ts';
import { daemonPaths } from '../../protocol/paths.ts';

/** A cache of content hashes across builds, so that unchanged files are not read again. */
export interface ContentHashes {
  /** SHA-256 of a file's first bytes, up to the size in `stats`, which come from a look at it just before. Hexadecimal. */
  hashOf(name: string, stats: Stats): Promise<string>;
  /** Saves the hashes that were used. */
  save(): Promise<void>;
}

/** Size, mtime and ctime in milliseconds, hash, inode. */
type Entry = [size: number, modified: number, changed: number, hash: string, inode: number];

/** Within this time, a file can change without a change of its times. */
const CLOCK_MS = 2000;
const KEPT_MS = 90 * 24 * 3_600_000;

/** The known hashes of a folder's files. A loss only costs time. */
export async function openContentHashes(folder: string, finding: Finding): Promise<ContentHashes> {
  const { store, file } = storeOf(folder);
  const known = await readEntries(file);
  const used: Record<string, Entry> = {};
  let changed = false;
  return {
    async hashOf(name, { size, mtimeMs, ctimeMs, ino }) {
      const entry = known[name];
      if (entry && entry[0] === size && entry[1] === mtimeMs && entry[2] === ctimeMs && entry[4] === ino) {
        used[name] = entry;
        return entry[3];
      }
      const hash = await hashFile(folder, name, { finding, size });
      if (Date.now() - Math.max(mtimeMs, ctimeMs) > CLOCK_MS) {
        used[name] = [size, mtimeMs, ctimeMs, hash, ino];
        changed = true;
      }
      return hash;
    },
    async save() {
      if (!changed && Object.keys(used).length === Object.keys(known).length) return;
      // Several starts may save at the same time, and none of them may fail because of it.
      const unfinished = `${file}.${randomBytes(6).toString('hex')}`;
      try {
        await mkdir(store, { recursive: true, mode: 0o700 });
        await writeFile(unfinished, JSON.stringify(used), { mode: 0o600 });
        await rename(unfinished, file);
        await removeOld(store);
      } catch {
        await rm(unfinished, { force: true }).catch(() => {});
      }
    },
  };
}

/** Forgets the hashes of a folder, because one of them was wrong: not every file system changes a file's times with it. */
export async function forgetContentHashes(folder: string): Promise<void> {
  await rm(storeOf(folder).file, { force: true }).catch(() => {});
}

function storeOf(folder: string): { store: string; file: string } {
  const store = path.join(daemonPaths().stateDir, 'content-hashes');
  return { store, file: path.join(store, `${createHash('sha256').update(folder).digest('hex').slice(0, 16)}.json`) };
}

async function readEntries(file: string): Promise<Record<string, Entry>> {
  try {
    return (JSON.parse(await readFile(file, 'utf8')) ?? {}) as Record<string, Entry>;
  } catch {
    return {};
  }
}

async function hashFile(
  folder: string,
  name: string,
  { finding, size }: { finding: Finding; size: number },
): Promise<string> {
  const hash = createHash('sha256');
  const refuse = (reason: string) => finding.refuse(`${name}: ${reason}`);
  const file = await openFileIn(folder, name, { refuse, links: 'refuse' });
  if (!file) throw refuse('it is gone');
  try {
    for await (const chunk of file.bytes(size)) hash.update(chunk);
  } finally {
    await file.close();
  }
  return hash.digest('hex');
}

async function removeOld(store: string): Promise<void> {
  const files = (await readdir(store)).map((name) => path.join(store, name));
  for (const file of files) {
    const stats = await stat(file).catch(() => undefined);
    if (stats && Date.now() - stats.mtimeMs > KEPT_MS) await rm(file, { force: true });
  }
}
