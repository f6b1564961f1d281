import { opendirSync, readlinkSync, type Stats } from 'node:fs';
import { setImmediate as turn } from 'node:timers/promises';
import type { Held } from './held.ts';
import { type Finding, findPlace, holdEntry, type Refuse, systemReason } from './place.ts';

/** What is at a place in a project. */
export type EntryKind = 'file' | 'folder' | 'link' | 'other';

/** One entry of a folder as it is: a link is not followed. */
export interface Entry {
  kind: EntryKind;
  stats: Stats;
  /** The target of a link, as written. */
  target?: string;
}

/** Names are read in portions, because a folder may have more of them than fit into memory. */
const PORTION = 1000;

/** The kind of what a name leads to, through links within the folder; undefined if there is nothing. */
export function kindIn(root: string, name: string, { refuse }: Finding): EntryKind | undefined {
  const place = findPlace(root, name, { refuse });
  const kind = place?.found && kindOf(place.found.stats);
  place?.close();
  return kind;
}

/** The path of what a name leads to, relative to the root and without links; undefined if there is nothing. */
export function realPathIn(root: string, name: string, { refuse }: Finding): string | undefined {
  const place = findPlace(root, name, { refuse });
  const real = place?.found && place.path;
  place?.close();
  return real;
}

/** An entry of a project. Follows no link; one on the way to it is refused. Undefined if there is nothing. */
export function lookAt(root: string, name: string, { refuse }: Finding): Entry | undefined {
  const place = findPlace(root, name, { refuse, links: 'see' });
  try {
    return place?.found && entryOf(place.folder, place.name, place.found, refuse);
  } finally {
    place?.close();
  }
}

/** The names in a folder of a project, piece by piece; none if it does not exist, or is not a folder. */
export async function* listFolderIn(root: string, name: string, finding: Finding): AsyncGenerator<string, void> {
  const place = findPlace(root, name, finding);
  try {
    if (place?.found?.stats.isDirectory()) yield* namesIn(place.found, finding.refuse);
  } finally {
    place?.close();
  }
}

/** Decides about each entry on a walk: whether its folder is entered. */
export type Visit = (name: string, entry: Entry) => boolean;

/** Deeper folders are no project, and each one that is open costs a descriptor. */
const MOST_DEEP = 100;

/**
 * Visits all below a place, itself first, in no order. Follows no link. Names are relative to the root, with slashes;
 * `.` is the root.
 */
export async function walkIn(root: string, name: string, finding: Finding & { visit: Visit }): Promise<void> {
  const { refuse, visit } = finding;
  const place = findPlace(root, name, { refuse, links: 'see' });
  try {
    if (!place?.found) return;
    const entry = entryOf(place.folder, place.name, place.found, refuse);
    if (!visit(place.path || '.', entry) || entry.kind !== 'folder') return;
    await walkFolder(place.found, { path: place.path, depth: 1, refuse, visit });
  } finally {
    place?.close();
  }
}

interface Walk {
  path: string;
  depth: number;
  refuse: Refuse;
  visit: Visit;
}

async function walkFolder(folder: Held, { path, depth, refuse, visit }: Walk): Promise<void> {
  if (depth > MOST_DEEP) throw refuse(`${path.slice(0, 60)}… has folders in more than ${MOST_DEEP} levels`);
  for await (const name of namesIn(folder, refuse)) {
    // Synchronous, because a hundred thousand asynchronous calls take seconds. These take a few microseconds each.
    const held = holdEntry(folder, name, refuse);
    if (!held) continue;
    try {
      const below = path === '' ? name : `${path}/${name}`;
      const entry = entryOf(folder, name, held, refuse);
      if (visit(below, entry) && entry.kind === 'folder')
        await walkFolder(held, { path: below, depth: depth + 1, refuse, visit });
    } finally {
      held.close();
    }
  }
}

async function* namesIn(folder: Held, refuse: Refuse): AsyncGenerator<string, void> {
  const listing = openListing(folder, refuse);
  try {
    for (let count = 1; ; count++) {
      const entry = listing.readSync();
      if (!entry) return;
      yield entry.name;
      // Others get their turn.
      if (count % PORTION === 0) await turn();
    }
  } finally {
    listing.closeSync();
  }
}

function openListing(folder: Held, refuse: Refuse) {
  try {
    return opendirSync(folder.self, { bufferSize: PORTION });
  } catch (error) {
    throw refuse(systemReason(error));
  }
}

function entryOf(folder: Held, name: string, { stats }: Held, refuse: Refuse): Entry {
  const kind = kindOf(stats);
  if (kind !== 'link') return { kind, stats };
  try {
    return { kind, stats, target: readlinkSync(folder.entry(name)) };
  } catch (error) {
    throw refuse(systemReason(error));
  }
}

function kindOf(stats: Stats): EntryKind {
  if (stats.isFile()) return 'file';
  if (stats.isDirectory()) return 'folder';
  return stats.isSymbolicLink() ? 'link' : 'other';
}
