import { lstatSync, realpathSync, renameSync, statSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { EzjError } from '../protocol/errors.ts';
import { copyTo, removeFrom } from './copy-tree.ts';
import { type HeldFolder, holdFolder, isSameFile, replaced } from './held-folder.ts';

/** The place of a clone: a name in a folder that is held open, because a session may be able to write to it. */
export interface TargetPlace {
  /** The real path of the clone. */
  folder: string;
  isTaken: () => boolean;
  /** Moves a finished clone here. Throws `folder-taken` if something is there by now, `clone-failed` if a session moved the place, `disk-full`, `cancelled`. */
  take: (clone: string, signal?: AbortSignal) => Promise<void>;
  close: () => void;
}

/**
 * Looks at the place where a clone is or will be. Follows links to the parent folder only, and only now.
 * @throws `project-missing` if there is no parent folder, `folder-taken` if a link is there
 */
export function findPlace(folder: string): TargetPlace {
  const parent = realParent(folder);
  const name = path.basename(folder);
  const real = path.join(parent, name);
  const held = holdFolder(parent);
  const look = () => lstatSync(held.inside(name), { throwIfNoEntry: false });
  if (look()?.isSymbolicLink()) throw isLink(real);
  const take = async (clone: string, signal?: AbortSignal) => {
    try {
      await move(clone, { held, name, signal });
    } catch (cause) {
      throw explain(cause, { folder: real, taken: look() !== undefined });
    }
    // The clone is where the place was found. Its path must still lead there.
    const [here, there] = [look(), lstatSync(real, { throwIfNoEntry: false })];
    if (!here || !there || !isSameFile(here, there)) throw replaced(real);
  };
  return { folder: real, isTaken: () => look() !== undefined, take, close: held.close };
}

function realParent(folder: string): string {
  const parent = path.dirname(folder);
  if (statSync(parent, { throwIfNoEntry: false })?.isDirectory()) return realpathSync.native(parent);
  throw new EzjError({ code: 'project-missing', message: `There is no folder ${parent} to clone into` });
}

interface Target {
  held: HeldFolder;
  name: string;
  signal?: AbortSignal;
}

async function move(clone: string, target: Target): Promise<void> {
  try {
    renameSync(clone, target.held.inside(target.name));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EXDEV') throw error;
    await copy(clone, target);
  }
}

/** To another disk: copies it beside the target and then renames it, so that a failure leaves no partial clone. */
async function copy(clone: string, { held, name, signal }: Target): Promise<void> {
  const temporary = `.${name}.ezj-${process.pid}-${Date.now()}`;
  const remove = () => removeFrom(held, temporary);
  process.once('exit', remove);
  try {
    await copyTo(held, temporary, clone, signal);
    renameSync(held.inside(temporary), held.inside(name));
  } finally {
    remove();
    process.off('exit', remove);
  }
}

function explain(cause: unknown, { folder, taken }: { folder: string; taken: boolean }): unknown {
  if (cause instanceof EzjError) return cause;
  if (taken) {
    return new EzjError({ code: 'folder-taken', message: `Another program created ${folder} in the meantime`, cause });
  }
  if (!['ENOSPC', 'EDQUOT'].includes((cause as NodeJS.ErrnoException).code ?? '')) return cause;
  return new EzjError({
    code: 'disk-full',
    message: `There is no space left for ${folder}`,
    hint: 'Free some space on the disk, or choose a folder on another disk: --into DIR',
    cause,
  });
}

function isLink(folder: string): EzjError {
  return new EzjError({
    code: 'folder-taken',
    message: `${folder} is a link, and ezj does not clone through a link`,
    hint: `Add --into DIR for a folder of another name. To open what it leads to: ezj ${folder}`,
  });
}
