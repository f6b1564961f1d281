import type { Duplex } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import type { ContainerInspectInfo } from 'dockerode';
import { isWithin } from '../protocol/folders.ts';
import { isAnonymous } from './anonymous-volumes.ts';
import type { Connection } from './connection.ts';
import { ENGINE_PATHS, ownPaths } from './container-changes.ts';
import { toText } from './container-output.ts';
import type { ChangeWatch } from './engine.ts';
import { callEngine } from './engine-call.ts';
import { execInteractive } from './exec.ts';
import { type LayerEntry, LIST_LAYER, readPasses } from './layer-passes.ts';

const FIRST_PASS_MS = 3000;
const PASS_EVERY_MS = 250;
/** The listing ends with the container. A listing that ends much earlier misses changes. */
const SAME_END_MS = 300;

/** The newest complete list of a container's layer, and the state of the listing. */
interface Listing {
  entries?: LayerEntry[];
  failed: boolean;
  /** The container ended, and the listing with it. */
  isOver: boolean;
}

/**
 * Runs a command in a running container that lists the changes in it. Undefined if that is not possible, for example in an image
 * without GNU find, or in a container at its limit of processes.
 */
export async function watchChanges(
  connection: Connection,
  id: string,
  { created }: { created: string },
): Promise<ChangeWatch | undefined> {
  try {
    const listing = await startListing(connection, id, Math.floor(Date.parse(created) / 1000));
    return { changedPaths: () => readChanges(connection, id, listing) };
  } catch {
    // The caller compares the container with its image instead.
    return undefined;
  }
}

/** Resolves when the first list is complete. Later lists replace it until the container ends. */
async function startListing(connection: Connection, id: string, since: number): Promise<Listing> {
  const cmd = ['/bin/sh', '-c', LIST_LAYER, 'sh', String(since)];
  const { stream } = await execInteractive(connection, id, { cmd, env: { LC_ALL: 'C' } });
  const listing: Listing = { failed: false, isOver: false };
  const timer = setTimeout(() => stream.destroy(new Error('The first list takes too long.')), FIRST_PASS_MS);
  return new Promise<Listing>((resolve, reject) => {
    const seen = (entries: LayerEntry[]) => {
      listing.entries = entries;
      resolve(listing);
    };
    const fail = (error: unknown) => {
      listing.failed = true;
      reject(error);
    };
    const ended = async () => {
      reject(new Error('It ended before its first list.'));
      if (await goesOn(connection, id, listing)) fail(new Error('It ended before the container.'));
    };
    followPasses(stream, seen).then(ended).catch(fail);
  }).finally(() => clearTimeout(timer));
}

/** Whether a container still runs although its listing ended. */
async function goesOn(connection: Connection, id: string, listing: Listing): Promise<boolean> {
  await delay(SAME_END_MS);
  return !listing.isOver && (await inspect(connection, id, {})).State.Running;
}

async function followPasses(stream: Duplex, seen: (entries: LayerEntry[]) => void): Promise<void> {
  stream.on('error', () => {
    // The container ended during a request for a list. The text reports the errors that matter.
  });
  for await (const entries of readPasses(toText(stream))) {
    seen(entries);
    await delay(PASS_EVERY_MS);
    if (stream.writable) stream.write('\n');
  }
}

/**
 * The changes in an ended container, from its last list. Undefined in doubt: the size of the layer, as the engine reports it,
 * must equal the size of the list. Otherwise a file may be newer than the list.
 */
async function readChanges(connection: Connection, id: string, listing: Listing): Promise<string[] | undefined> {
  listing.isOver = true;
  const { entries = [], failed } = listing;
  const [root] = entries;
  if (failed || root?.path !== '/') return undefined;
  const { Mounts, SizeRw, State } = await inspect(connection, id, { size: true });
  if (State.Running || Mounts.some(isAnonymous)) return undefined;
  const own = entries.filter(({ device }) => device === root.device);
  if (SizeRw !== sizeOf(own)) return undefined;
  const changes = own.map(({ path: Path }) => ({ Path, Kind: 1 }));
  return ownPaths(
    changes.filter(({ Path }) => Path !== '/'),
    Mounts.map(({ Destination }) => Destination),
  );
}

/** Counts like the engine: no folders, and hard links once. The engine's own files are in another layer. */
function sizeOf(entries: LayerEntry[]): number {
  const files = entries.filter(({ isFolder, path }) => !isFolder && !ENGINE_PATHS.some((own) => isWithin(path, own)));
  const sizes = new Map(files.map(({ inode, bytes }) => [inode, bytes]));
  return [...sizes.values()].reduce((sum, bytes) => sum + bytes, 0);
}

async function inspect(connection: Connection, id: string, options: { size?: boolean }) {
  const call = { what: `inspect the container ${id}`, timeoutMs: 60_000 };
  const found = await callEngine(connection, call, (abortSignal) =>
    connection.docker.getContainer(id).inspect({ ...options, abortSignal }),
  );
  return found as ContainerInspectInfo & { SizeRw?: number };
}
