import { readlinkSync } from 'node:fs';
import path from 'node:path';
import type { EzjError } from '../protocol/errors.ts';
import { type Held, hold } from './held.ts';

/** Makes the error for a file from the reason why ezj does not open it. */
export type Refuse = (reason: string) => EzjError;

/** How a file of a project is found. */
export interface Finding {
  refuse: Refuse;
  /** `follow` (default): links that stay within the folder count. `refuse`: none does. `see`: the last part may be one, as it is. */
  links?: 'follow' | 'refuse' | 'see';
}

/** A place in a project: a folder without links, and a name in it. */
export interface Place {
  folder: Held;
  /** Name in the folder. Empty for the root itself. */
  name: string;
  /** Relative to the root, with links resolved and slashes. */
  path: string;
  /** What is there now. Undefined if nothing is. */
  found: Held | undefined;
  close(): void;
}

/** As many as Linux follows. */
const MOST_LINKS = 40;

/**
 * Finds a place in a project step by step, so that it never leaves the root, whatever a session replaces meanwhile.
 * Undefined if a folder on the way, or the root, is missing. The caller closes the place.
 */
export function findPlace(root: string, name: string, { refuse, links = 'follow' }: Finding): Place | undefined {
  if (name.includes('\0')) throw refuse('its name contains a NUL character');
  const held = holdRoot(root, refuse);
  if (!held) return undefined;
  const way: Way = { root, refuse, held: [held], names: [], rest: partsOf(name), links: 0 };
  let place: Place | undefined;
  try {
    while (way.rest.length > 0 && !place) {
      const part = way.rest.shift() ?? '';
      if (part === '..') goUp(way);
      else {
        const found = holdEntry(top(way), part, refuse);
        const isEnd = way.rest.length === 0;
        if (found?.stats.isSymbolicLink() && !(isEnd && links === 'see')) {
          found.close();
          if (links !== 'follow') throw refuse('it is a link, or lies behind one');
          followLink(way, part);
        } else if (isEnd) place = placeAt(way, part, found);
        else if (found?.stats.isDirectory()) enter(way, part, found);
        else {
          found?.close();
          if (way.isLink) throw refuse('it is a broken link');
          return undefined;
        }
      }
    }
    place ??= placeAt(way, '', undefined);
    return place;
  } finally {
    if (!place) closeAll(way);
  }
}

/** The way to a place: the folders from the root on, and the parts of the path that are left. */
interface Way {
  root: string;
  refuse: Refuse;
  held: Held[];
  names: string[];
  rest: string[];
  links: number;
  /** The last part of the path was a link. */
  isLink?: boolean;
}

const top = (way: Way) => way.held.at(-1) as Held;

function placeAt(way: Way, name: string, found: Held | undefined): Place {
  if (!found && name !== '' && way.isLink) throw way.refuse('it is a broken link');
  return {
    folder: top(way),
    name,
    path: [...way.names, name].filter(Boolean).join('/'),
    found: name === '' ? top(way) : found,
    close: () => {
      found?.close();
      closeAll(way);
    },
  };
}

function closeAll({ held }: Way): void {
  for (const each of held) each.close();
}

function enter(way: Way, name: string, found: Held): void {
  way.held.push(found);
  way.names.push(name);
}

function goUp(way: Way): void {
  if (way.names.length === 0) comeBack(way, path.resolve(way.root, '..', ...way.rest));
  else {
    way.names.pop();
    way.held.pop()?.close();
  }
}

function followLink(way: Way, name: string): void {
  way.links += 1;
  if (way.links > MOST_LINKS) throw way.refuse('it is a link without an end');
  way.isLink ||= way.rest.length === 0;
  const target = readTarget(top(way), name, way.refuse);
  if (path.isAbsolute(target)) comeBack(way, path.resolve(target, ...way.rest));
  else way.rest.unshift(...partsOf(target));
}

function readTarget(folder: Held, name: string, refuse: Refuse): string {
  try {
    return readlinkSync(folder.entry(name));
  } catch (error) {
    throw refuse(systemReason(error));
  }
}

/** Begins again at the root, for an absolute path within it. */
function comeBack(way: Way, absolute: string): void {
  if (!isWithin(absolute, way.root))
    throw way.refuse(
      way.links === 0 ? 'it lies outside the folder' : `it is a link that leads out of the folder, to ${absolute}`,
    );
  for (const each of way.held.splice(1)) each.close();
  way.names = [];
  way.rest = partsOf(path.relative(way.root, absolute));
}

/** Takes hold of a project's folder by its own path, in which no part may be a link: a session of the folder above could have put one there. */
function holdRoot(root: string, refuse: Refuse): Held | undefined {
  const first = path.parse(root).root;
  let held = hold(first);
  try {
    for (const part of partsOf(root.slice(first.length))) {
      const next = holdEntry(held, part, refuse);
      held.close();
      if (!next) return undefined;
      held = next;
      if (held.stats.isSymbolicLink()) throw refuse(`${root} leads through a link now`);
      if (!held.stats.isDirectory()) throw refuse(`${root} is not a folder`);
    }
    return held;
  } catch (error) {
    held.close();
    throw error;
  }
}

/** An entry of a folder that is held; undefined if it does not exist. Follows no link. */
export function holdEntry(folder: Held, name: string, refuse: Refuse): Held | undefined {
  try {
    return hold(folder.entry(name), folder);
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'ENAMETOOLONG'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw refuse(systemReason(error));
  }
}

/** The words of the system, without its call and the path, which may be a descriptor. */
export function systemReason(error: unknown): string {
  return (error as Error).message.replace(/, \w+(?: '.*)?$/s, '');
}

/** Whether a path lies below a folder, or is the folder. Looks at nothing. */
export function isWithin(file: string, folder: string): boolean {
  const relative = path.relative(folder, file);
  return relative !== '..' && !relative.startsWith(`..${path.sep}`) && !path.isAbsolute(relative);
}

function partsOf(file: string): string[] {
  return file.split(path.sep === '\\' ? /[\\/]/ : '/').filter((part) => part !== '' && part !== '.');
}
