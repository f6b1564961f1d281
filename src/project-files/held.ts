import { closeSync, constants, existsSync, fstatSync, lstatSync, openSync, type Stats } from 'node:fs';
import path from 'node:path';

/**
 * A file or folder that ezj keeps hold of, so that no other can take its place between two steps. A session can
 * rename and replace everything in its project at any moment, so a path alone proves nothing.
 */
export interface Held {
  stats: Stats;
  /** A path that leads to it for as long as it is held. */
  self: string;
  /** A path of an entry of this folder. The last step of it may be a link. */
  entry(name: string): string;
  /** Opens it, without waiting. Throws if it is not the same any more. */
  open(flags: number): number;
  close(): void;
}

/**
 * Linux opens a path relative to a descriptor through this folder, as `openat` does. O_PATH opens without effect on
 * devices and pipes, and opens a link itself. https://man7.org/linux/man-pages/man2/open.2.html
 */
const DESCRIPTORS = '/proc/self/fd';
const O_PATH = 0o10000000;

/** macOS: no part of the path may be a link. Its sys/fcntl.h; systems without it ignore the bit. */
const NO_LINKS = process.platform === 'darwin' ? 0x20000000 : 0;

const NO_WAITING = constants.O_NONBLOCK ?? 0;
const NO_LINK = constants.O_NOFOLLOW ?? 0;

/** Whether this system has folders that stay the same while they are held. */
export const HOLDS_FOLDERS = process.platform === 'linux' && existsSync(DESCRIPTORS);

/**
 * Takes hold of what is at a path now, without following a link.
 * @throws the system's error, such as `ENOENT`
 */
export function hold(file: string, parent?: Held): Held {
  return HOLDS_FOLDERS ? holdDescriptor(file) : holdIdentity(file, parent as Identity | undefined);
}

function holdDescriptor(file: string): Held {
  const fd = openSync(file, O_PATH | NO_LINK);
  const self = `${DESCRIPTORS}/${fd}`;
  return {
    stats: fstatSync(fd),
    self,
    entry: (name) => `${self}/${name}`,
    open: (flags) => openSync(self, flags | NO_WAITING),
    close: once(() => closeSync(fd)),
  };
}

/** Without descriptors of folders, ezj compares the identity of each folder on the way before and after it opens a file. */
interface Identity extends Held {
  trail: { file: string; dev: number; ino: number }[];
}

function holdIdentity(file: string, parent: Identity | undefined): Identity {
  const stats = lstatSync(file);
  const trail = [...(parent?.trail ?? []), { file, dev: stats.dev, ino: stats.ino }];
  const isSame = (found: Stats, { dev, ino }: { dev: number; ino: number }) => found.dev === dev && found.ino === ino;
  return {
    stats,
    trail,
    self: file,
    entry: (name) => path.join(file, name),
    open: (flags) => {
      const fd = openSync(file, flags | NO_WAITING | NO_LINK | NO_LINKS);
      if (isSame(fstatSync(fd), stats) && trail.every((each) => isSame(lstatSync(each.file), each))) return fd;
      closeSync(fd);
      throw new Error('it was replaced while it was opened');
    },
    close: () => {},
  };
}

/** The number of a closed descriptor may belong to another file, so a second call must not close it. */
function once(work: () => void): () => void {
  let isDone = false;
  return () => {
    if (!isDone) work();
    isDone = true;
  };
}
