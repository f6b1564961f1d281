import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { posix } from 'node:path';
import { ownPaths } from '../../../src/engine/container-changes.ts';
import { bytesOf, type FileNode, type FileTree, FOLDER, isWithin } from './file-tree.ts';
import type { StoredVolume } from './volumes.ts';

/** What is mounted in a container. A bind mount is the real folder of this machine. */
export type Mounted =
  | { type: 'volume'; target: string; volume: StoredVolume }
  | { type: 'bind'; target: string; source: string; readOnly: boolean };

/** The file system of one container: its own layer on its image, and its mounts. */
export class ContainerFiles {
  readonly #image: FileTree;
  readonly #mounts: Mounted[];
  readonly #added: FileTree = new Map();
  readonly #deleted = new Set<string>();

  constructor(image: FileTree, mounts: Mounted[]) {
    this.#image = image;
    // The deepest first: it hides what it is mounted over.
    this.#mounts = [...mounts].sort((a, b) => b.target.length - a.target.length);
  }

  /** Undefined where nothing is there. */
  find(path: string): FileNode | undefined {
    const { mount, rest } = this.#locate(path);
    if (mount?.type === 'bind') return findOnHost(posix.join(mount.source, rest));
    if (mount) return mount.volume.files.get(rest);
    return this.#deleted.has(path) ? undefined : (this.#added.get(path) ?? this.#image.get(path));
  }

  /** Content of a file; undefined where there is none. */
  read(path: string): Buffer | undefined {
    return this.find(path)?.content;
  }

  /** Writes a file, or makes a folder where it has no content. */
  write(path: string, { content, ...owner }: Partial<Omit<FileNode, 'content'>> & { content?: Buffer | string }): void {
    const { mount, rest } = this.#locate(path);
    const node = { ...FOLDER, ...owner, ...(content === undefined ? {} : { content: Buffer.from(content) }) };
    if (mount?.type === 'bind') writeOnHost(posix.join(mount.source, rest), node, mount.readOnly);
    else if (mount) {
      mount.volume.files.set(rest, node);
      mount.volume.changed = true;
    } else {
      this.#deleted.delete(path);
      this.#added.set(path, node);
    }
  }

  /** Removes a file or a folder with all that is in it. */
  remove(path: string): void {
    const { mount, rest } = this.#locate(path);
    if (mount?.type === 'bind') {
      rmSync(posix.join(mount.source, rest), { recursive: true, force: true });
      return;
    }
    const tree = mount?.volume.files ?? this.#added;
    for (const each of [...tree.keys()]) if (isWithin(each, rest)) tree.delete(each);
    if (mount) return;
    for (const each of this.#image.keys()) if (isWithin(each, path)) this.#deleted.add(each);
  }

  /** Bytes of its own layer. */
  get bytes(): number {
    return bytesOf(this.#added);
  }

  /** What the image of a commit holds. */
  get merged(): FileTree {
    return new Map([...[...this.#image].filter(([path]) => !this.#deleted.has(path)), ...this.#added]);
  }

  /** What was added or changed and goes with the container, folders of anonymous volumes included. */
  get changedPaths(): string[] {
    const changes = [...this.#added.keys()].map((Path) => ({ Path, Kind: this.#image.has(Path) ? 0 : 1 }));
    const deleted = [...this.#deleted].map((Path) => ({ Path, Kind: 2 }));
    const targets = this.#mounts.map(({ target }) => target);
    const volumes = this.#mounts.flatMap((mount) =>
      mount.type === 'volume' && mount.volume.anonymous && mount.volume.changed ? [`${mount.target}/`] : [],
    );
    return [...ownPaths([...changes, ...deleted], targets), ...volumes].sort();
  }

  #locate(path: string): { mount?: Mounted; rest: string } {
    const mount = this.#mounts.find(({ target }) => isWithin(path, target));
    return mount ? { mount, rest: posix.join('/', path.slice(mount.target.length)) } : { rest: path };
  }
}

function findOnHost(path: string): FileNode | undefined {
  if (!existsSync(path)) return undefined;
  const { mode, uid, gid } = statSync(path);
  return { mode, uid, gid, ...(statSync(path).isFile() ? { content: readFileSync(path) } : {}) };
}

function writeOnHost(path: string, { content, mode }: FileNode, readOnly: boolean): void {
  if (readOnly) throw new Error(`${path}: Read-only file system`);
  if (content === undefined) mkdirSync(path, { recursive: true, mode });
  else writeFileSync(path, content, { mode });
}
