import { createHash } from 'node:crypto';
import { posix } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { extract, pack } from 'tar-stream';
import type { FileNode, FileTree } from './file-tree.ts';
import type { StoredImage } from './images.ts';

/** An image in an archive. */
export type Archived = StoredImage;

const INDEX = 'images.json';

/** The files in the tar of a root file system, and the digest of the tar. */
export async function readRootfs(tar: Readable): Promise<{ files: FileTree; digest: string }> {
  const bytes = await buffer(tar);
  const files: FileTree = new Map();
  const entries = extract();
  Readable.from([bytes]).pipe(entries);
  for await (const entry of entries) {
    const { name, type, mode = 0o644, uid = 0, gid = 0 } = entry.header;
    const content = await buffer(entry);
    const path = posix.join('/', name).replace(/(?<=.)\/$/, '');
    files.set(path, { mode, uid, gid, ...(type === 'directory' ? {} : { content }) });
  }
  return { files, digest: createHash('sha256').update(bytes).digest('hex') };
}

/** Images as a tar. Of a form of its own: no other engine reads it. */
export function writeArchive(images: Archived[]): Readable {
  const tar = pack();
  const index = images.map(({ files, ...image }) => ({
    ...image,
    files: [...files].map(([path, { content, ...node }]) => [path, node, content?.toString('base64')]),
  }));
  tar.entry({ name: INDEX }, JSON.stringify(index));
  tar.finalize();
  return Readable.from(tar);
}

/** @throws where the tar is cut off, or none of ours */
export async function readArchive(tar: Readable): Promise<Archived[]> {
  const entries = extract();
  tar.once('error', (error) => entries.destroy(error));
  tar.pipe(entries);
  for await (const entry of entries) {
    const content = (await buffer(entry)).toString('utf8');
    if (entry.header.name === INDEX) return (JSON.parse(content) as Indexed[]).map(restore);
  }
  throw new Error('the archive holds no images');
}

/** An image as the archive's index has it. */
type Indexed = Omit<Archived, 'files' | 'created'> & {
  created: string;
  files: [path: string, node: Omit<FileNode, 'content'>, content?: string][];
};

function restore({ files, created, ...image }: Indexed): Archived {
  const tree = files.map(([path, node, text]): [string, FileNode] => [
    path,
    { ...node, ...(text === undefined || text === null ? {} : { content: Buffer.from(text, 'base64') }) },
  ]);
  return { ...image, created: new Date(created), files: new Map(tree) };
}
