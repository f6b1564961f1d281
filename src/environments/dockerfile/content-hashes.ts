import { createHash, randomBytes } from 'node:crypto';
import { constants, type Stats } from 'node:fs';
import { mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { daemonPaths } from '../../protocol/paths.ts';

/** Hashes of files' contents, kept from one build to the next: what has not been touched is not read again. */
export interface ContentHashes {
  /** SHA-256 of a file's content, hexadecimal; `stats` are those of an lstat just before. */
  hashOf(file: string, stats: Stats): Promise<string>;
  /** Keeps those that were asked for. */
  save(): Promise<void>;
}

/** Size, time of the last change of content and of the file's record in milliseconds, hash. */
type Entry = [size: number, modified: number, changed: number, hash: string];

/** Within it, a file can be changed without that its times tell. */
const CLOCK_MS = 2000;
const KEPT_MS = 90 * 24 * 3_600_000;

/** The hashes that are known of a folder's files. Losing them costs time only. */
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
      // Several starts may save at the same time, and none fails for it.
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

/** No link is followed: what lies beside the folder is nobody's business. */
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
