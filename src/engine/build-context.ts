import { lstat, readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { type Pack, pack } from 'tar-stream';

/**
 * The tar of a build: every file of a folder, and extra files at its root. Owners and times are left out, so that the same
 * files always hit the builder's cache.
 */
export function packContext(folder: string, extraFiles: Record<string, Buffer>): Pack {
  const tar = pack();
  // The engine reads while this writes; a file that cannot be read ends the stream, and with it the build.
  addAll(tar, folder, extraFiles).catch((error: Error) => tar.destroy(error));
  return tar;
}

async function addAll(tar: Pack, folder: string, extraFiles: Record<string, Buffer>): Promise<void> {
  for (const path of await listTree(folder)) await addPath(tar, folder, path);
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
  else if (stat.isFile())
    tar.entry({ name, mode: stat.mode & 0o111 ? 0o755 : 0o644, mtime: EPOCH }, await readFile(path));
}
