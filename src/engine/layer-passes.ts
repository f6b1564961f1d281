import type { Readable } from 'node:stream';

/** Something in a container's own layer. */
export interface LayerEntry {
  /** Number of its device: what is mounted has another one than the container's root. */
  device: string;
  isFolder: boolean;
  inode: string;
  bytes: number;
  path: string;
}

/** More than this is left to the engine's own comparison. */
const MOST_CHARACTERS = 1_000_000;

/**
 * A shell script that lists what has been made or changed since its first argument, in seconds of the epoch; and lists it again for
 * each line that it is sent, so that it ends with whoever sends them.
 *
 * It goes by the time of the last status change, which no program can set back. An overlay makes a new inode for what it copies into the
 * container's layer, and copies all folders above it first: so a folder with an older time has nothing new below, and is passed over.
 */
export const LIST_LAYER = `PATH=/usr/sbin:/usr/bin:/sbin:/bin
while find / -xdev -ignore_readdir_race \\( -type d ! -newerct "@$1" -prune \\) -o \\( -newerct "@$1" -printf '%D %y %i %s %p\\0' \\) 2>/dev/null
do printf '\\0'; read -r again || exit 0; done
printf 'failed\\0'`;

/**
 * The lists that {@link LIST_LAYER} prints, each as it is complete.
 * @throws where one is not what was expected, or too long
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
