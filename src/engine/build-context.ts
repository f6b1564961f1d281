import { createReadStream } from 'node:fs';
import { lstat, readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { type Pack, pack } from 'tar-stream';
import type { BuildRequest, ContextEntry } from './engine.ts';

/**
 * The tar of a build: its context, and extra files, which replace those of the context. It leaves out owners and times, so that
 * the same files always hit the builder's cache. Destroyed with the error of a file that cannot be read: that ends the build.
 */
export function packContext({ context, extraFiles }: Pick<BuildRequest, 'context' | 'extraFiles'>): Pack {
  const tar = pack();
  // The engine reads while this writes.
  addAll(tar, { context, extraFiles }).catch((error: Error) => tar.destroy(error));
  return tar;
}

const EPOCH = new Date(0);

async function addAll(tar: Pack, { context, extraFiles }: Pick<BuildRequest, 'context' | 'extraFiles'>): Promise<void> {
  const entries = typeof context === 'string' ? await listTree(context) : context;
  for (const entry of entries) if (!(entry.path in extraFiles)) await addEntry(tar, entry);
  for (const [name, content] of Object.entries(extraFiles)) tar.entry({ name, mode: 0o644, mtime: EPOCH }, content);
  tar.finalize();
}

/** All of a folder that no session can write. */
async function listTree(folder: string): Promise<ContextEntry[]> {
  const paths = await readdir(folder, { recursive: true });
  const entries = await Promise.all(paths.sort().map((path) => describe(folder, path)));
  return entries.flat();
}

async function describe(folder: string, name: string): Promise<ContextEntry[]> {
  const file = join(folder, name);
  const stats = await lstat(file);
  const path = name.replaceAll('\\', '/');
  if (stats.isDirectory()) return [{ path, kind: 'folder' }];
  if (stats.isSymbolicLink()) return [{ path, kind: 'link', target: await readlink(file) }];
  if (!stats.isFile()) return [];
  const executable = (stats.mode & 0o111) !== 0;
  return [{ path, kind: 'file', executable, sizeBytes: stats.size, open: () => createReadStream(file) }];
}

/** A file piece by piece, because it may be as big as the disk. */
async function addEntry(tar: Pack, entry: ContextEntry): Promise<void> {
  const { path: name } = entry;
  if (entry.kind === 'folder') tar.entry({ name: `${name}/`, type: 'directory', mode: 0o755, mtime: EPOCH });
  else if (entry.kind === 'link') tar.entry({ name, type: 'symlink', linkname: entry.target, mtime: EPOCH });
  else {
    const mode = entry.executable ? 0o755 : 0o644;
    await pipeline(entry.open(), tar.entry({ name, mode, mtime: EPOCH, size: entry.sizeBytes }));
  }
}
