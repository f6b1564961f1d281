import { isWithin } from '../protocol/folders.ts';
import { changedVolumes } from './anonymous-volumes.ts';
import type { Connection } from './connection.ts';
import { callEngine } from './engine-call.ts';

/** One entry of the engine's answer: 0 changed, 1 added, 2 deleted. */
interface Change {
  Path: string;
  Kind: number;
}

/** Paths that engines themselves create in a container. */
export const ENGINE_PATHS = [
  '/dev',
  '/proc',
  '/sys',
  '/sbin/docker-init',
  '/usr/sbin/docker-init',
  '/run/.containerenv',
  '/.dockerenv',
  '/etc/mtab',
];

/** Additions and changes that are lost with the container: paths in its own layer, folders of anonymous volumes. */
export async function changedPaths(connection: Connection, id: string): Promise<string[]> {
  const container = connection.docker.getContainer(id);
  const [changes, details] = await callEngine(
    connection,
    { what: `compare the container ${id} with its image`, timeoutMs: 120_000 },
    (abortSignal) => Promise.all([container.changes({ abortSignal }), container.inspect({ abortSignal })]),
  );
  const paths = ownPaths(
    (changes ?? []) as Change[],
    (details.Mounts ?? []).map(({ Destination }) => Destination),
  );
  return [...paths, ...(await changedVolumes(connection, details))].sort();
}

/** The user's changes: without deletions, mount points, and folders whose content changed. */
export function ownPaths(changes: Change[], mounts: string[]): string[] {
  const outside = [...ENGINE_PATHS, ...mounts];
  const paths = changes
    .filter(({ Kind, Path }) => Kind !== 2 && !outside.some((mount) => isWithin(Path, mount) || isWithin(mount, Path)))
    .map(({ Path }) => Path);
  const parents = foldersAbove(changes.map(({ Path }) => Path));
  return paths.filter((path) => !parents.has(path)).sort();
}

/** Each folder once, because a session can make a path of thousands of folders, and thousands of such paths. */
function foldersAbove(paths: string[]): Set<string> {
  const found = new Set<string>();
  for (const path of paths) {
    let end = path.lastIndexOf('/');
    while (end > 0 && !found.has(path.slice(0, end))) {
      found.add(path.slice(0, end));
      end = path.lastIndexOf('/', end - 1);
    }
  }
  return found;
}
