import type { Readable } from 'node:stream';

/** A file or folder in a container's own layer. */
export interface LayerEntry {
  /** Number of its device. A mount has another number than the container's root. */
  device: string;
  isFolder: boolean;
  inode: string;
  bytes: number;
  path: string;
}

/** For a longer list, the engine's own comparison is better. */
const MOST_CHARACTERS = 1_000_000;

/**
 * A shell script that lists all changes since its first argument, in seconds of the epoch. It lists them again for
 * each input line, so it ends when its input ends.
 *
 * It compares the time of the last status change, which no program can set back. An overlay creates a new inode for a file that it copies into the
 * container's layer, and copies all folders above it first. So a folder with an older time has nothing new below, and the script skips it.
 */
export const LIST_LAYER = `PATH=/usr/sbin:/usr/bin:/sbin:/bin
while find / -xdev -ignore_readdir_race \\( -type d ! -newerct "@$1" -prune \\) -o \\( -newerct "@$1" -printf '%D %y %i %s %p\\0' \\) 2>/dev/null
do printf '\\0'; read -r again || exit 0; done
printf 'failed\\0'`;

/**
 * The lists that {@link LIST_LAYER} prints, each when it is complete.
 * @throws if a list is malformed or too long
 */
export async function* readPasses(text: Readable): AsyncGenerator<LayerEntry[]> {
  let entries: LayerEntry[] = [];
  let rest = '';
  let characters = 0;
  for await (const chunk of text) {
    const records = (rest + chunk).split('\0');
    rest = records.pop() ?? '';
    characters += (chunk as string).length;
    if (characters > MOST_CHARACTERS) throw new Error('The list is too long.');
    for (const record of records) {
      if (record !== '') entries.push(parse(record));
      else {
        yield entries;
        entries = [];
        characters = 0;
      }
    }
  }
}

function parse(record: string): LayerEntry {
  const [, device, type, inode = '', bytes, path] = /^(\d+) (\w) (\d+) (\d+) (\/.*)$/s.exec(record) ?? [];
  if (device === undefined || path === undefined) throw new Error(`No entry of a list: ${record.slice(0, 80)}`);
  return { device, isFolder: type === 'd', inode, bytes: Number(bytes), path };
}
