import { constants } from 'node:fs';
import { lstat, open, readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Pack, pack } from 'tar-stream';

/**
 * The tar of a build: these files of a folder (by default all), and extra files, which replace the folder's
 * own. It leaves out owners and times, so that the same files always hit the builder's cache.
 */
export function packContext(folder: string, extraFiles: Record<string, Buffer>, paths?: string[]): Pack {
  const tar = pack();
  // The engine reads while this writes. An unreadable file ends the stream, and with it the build.
  addAll(tar, { folder, extraFiles, paths }).catch((error: Error) => tar.destroy(error));
  return tar;
}

async function addAll(
  tar: Pack,
  { folder, extraFiles, paths }: { folder: string; extraFiles: Record<string, Buffer>; paths?: string[] },
): Promise<void> {
  for (const path of paths ?? (await listTree(folder))) if (!(path in extraFiles)) await addPath(tar, folder, path);
  for (const [name, content] of Object.entries(extraFiles)) tar.entry({ name, mode: 0o644, mtime: EPOCH }, content);
  tar.finalize();
}

const EPOCH = new Date(0);

async function listTree(folder: string): Promise<string[]> {
  const paths = await readdir(folder, { recursive: true });
  return paths.map((path) => path.replaceAll('\\', '/')).sort();
}

async function addPath(tar: Pack, folder: string, name: string): Promise<void> {
  const path = join(folder, name);
  const stat = await lstat(path);
  if (stat.isDirectory()) tar.entry({ name: `${name}/`, type: 'directory', mode: 0o755, mtime: EPOCH });
  else if (stat.isSymbolicLink()) tar.entry({ name, type: 'symlink', linkname: await readlink(path), mtime: EPOCH });
  else if (stat.isFile()) await addFile(tar, path, { name, mode: stat.mode & 0o111 ? 0o755 : 0o644 });
}

/** Piece by piece, because the file may be as big as the disk. Does not follow a link that has replaced the file. */
async function addFile(tar: Pack, path: string, { name, mode }: { name: string; mode: number }): Promise<void> {
  const handle = await open(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0));
  const { size } = await handle.stat();
  const entry = tar.entry({ name, mode, mtime: EPOCH, size });
  await pipeline(size > 0 ? handle.createReadStream({ end: size - 1 }) : Readable.from([]), entry);
  await handle.close();
}
