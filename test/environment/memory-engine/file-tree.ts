import { posix } from 'node:path';

/** A file, or a folder where it has no content. */
export interface FileNode {
  content?: Buffer;
  mode: number;
  uid: number;
  gid: number;
}

/** Files and folders by absolute path, without a slash at the end; the root is `/`. */
export type FileTree = Map<string, FileNode>;

/** A folder of root's. */
export const FOLDER: FileNode = { mode: 0o755, uid: 0, gid: 0 };

/** Bytes of all files. */
export function bytesOf(tree: FileTree): number {
  return [...tree.values()].reduce((sum, { content }) => sum + (content?.length ?? 0), 0);
}

/** What lies in a folder, by paths that are absolute within it; the folder itself is `/`. */
export function below(tree: FileTree, folder: string): FileTree {
  const found = [...tree].filter(([path]) => isWithin(path, folder));
  return new Map(found.map(([path, node]) => [posix.join('/', path.slice(folder.length)), node]));
}

/** Whether a path is a folder or lies in it. */
export function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith('/') ? folder : `${folder}/`);
}
