import { createHash, randomBytes } from 'node:crypto';
import { constants, type Stats } from 'node:fs';
import { mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { daemonPaths } from '../../protocol/paths.ts';

/** A cache of content hashes across builds, so that unchanged files are not read again. */
export interface ContentHashes {
  /** SHA-256 of a file's content, hexadecimal. `stats` come from an lstat just before. */
  hashOf(file: string, stats: Stats): Promise<string>;
  /** Saves the hashes that were used. */
  save(): Promise<void>;
}

/** Size, mtime and ctime in milliseconds, hash. */
type Entry = [size: number, modified: number, changed: number, hash: string];

/** Within this time, a file can change without a change of its times. */
const CLOCK_MS = 2000;
const KEPT_MS = 90 * 24 * 3_600_000;

/** The known hashes of a folder's files. A loss only costs time. */
export async function openContentHashes(folder: string): Promise<ContentHashes> {
  const store = path.join(daemonPaths().stateDir, 'content-hashes');
  const file = path.join(store, `${createHash('sha256').update(folder).digest('hex').slice(0, 16)}.json`);
  const known = await readEntries(file);
  const used: Record<string, Entry> = {};
  let changed = false;
  return {
    async hashOf(name, { size, mtimeMs, ctimeMs }) {
      const entry = known[name];
      if (entry && entry[0] === size && entry[1] === mtimeMs && entry[2] === ctimeMs) {
        used[name] = entry;
        return entry[3];
      }
      const hash = await hashFile(name);
      if (Date.now() - Math.max(mtimeMs, ctimeMs) > CLOCK_MS) {
        used[name] = [size, mtimeMs, ctimeMs, hash];
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

async function readEntries(file: string): Promise<Record<string, Entry>> {
  try {
    return (JSON.parse(await readFile(file, 'utf8')) ?? {}) as Record<string, Entry>;
  } catch {
    return {};
  }
}

/** Follows no link, because a build must not read files outside the folder. */
async function hashFile(file: string): Promise<string> {
  const handle = await open(file, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0));
  const hash = createHash('sha256');
  for await (const chunk of handle.createReadStream()) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

async function removeOld(store: string): Promise<void> {
  const files = (await readdir(store)).map((name) => path.join(store, name));
  for (const file of files) {
    const stats = await stat(file).catch(() => undefined);
    if (stats && Date.now() - stats.mtimeMs > KEPT_MS) await rm(file, { force: true });
  }
}
