import { extract } from 'tar-stream';
import type { Connection } from './connection.ts';
import { openStream } from './engine-call.ts';

/** The fields of a container's inspection that describe its mounts. */
interface Inspection {
  Id: string;
  Created: string;
  Mounts?: { Type?: string; Name?: string; Destination: string }[];
}

/** A volume can hold a file without an end. */
const LOOK_MS = 60_000;

/** The engine may create a volume a moment after its container. */
const MAKING_MS = 10_000;

/**
 * Folders of the container's anonymous volumes that have changes, with a slash at the end. An image declares
 * these volumes with `VOLUME`, and the engine removes them with the container. An unreadable folder counts as changed.
 */
export async function changedVolumes(connection: Connection, { Id, Created, Mounts }: Inspection): Promise<string[]> {
  const folders = (Mounts ?? []).filter(isAnonymous).map(({ Destination }) => Destination);
  const changed = await Promise.all(
    folders.map((folder) => holdsNewer(connection, { id: Id, folder, since: Date.parse(Created) }).catch(() => true)),
  );
  return folders.filter((_, i) => changed[i]).map((folder) => `${folder}/`);
}

/** Whether a mount is a volume that the engine removes with its container. */
export function isAnonymous({ Type, Name }: { Type?: string; Name?: string }): boolean {
  return Type === 'volume' && /^[0-9a-f]{64}$/.test(Name ?? '');
}

/** Whether a file in a folder is newer than the container. Files from the image keep their older time. */
async function holdsNewer(
  connection: Connection,
  { id, folder, since }: { id: string; folder: string; since: number },
): Promise<boolean> {
  const call = { what: `read ${folder} in the container ${id}`, signal: AbortSignal.timeout(LOOK_MS) };
  const archive = await openStream(connection, call, (abortSignal) =>
    connection.docker.getContainer(id).getArchive({ path: folder, abortSignal }),
  );
  const entries = extract();
  archive.once('error', (error) => entries.destroy(error));
  archive.pipe(entries);
  let root = true;
  for await (const entry of entries) {
    // An archive stores times in whole seconds.
    const limit = root ? since + MAKING_MS : Math.floor(since / 1000) * 1000;
    if ((entry.header.mtime?.getTime() ?? 0) >= limit) {
      archive.destroy();
      return true;
    }
    root = false;
    entry.resume();
  }
  return false;
}
