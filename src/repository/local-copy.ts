import { closeSync, mkdirSync, openSync, readdirSync, readSync, realpathSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { EzjError } from '../protocol/errors.ts';
import { refuseReftable } from './existing-clone.ts';
import { LIMITS, openGitFile, readGitFile, unreadable } from './git-file.ts';
import { findGitFolder, type GitFolder, readGitFolder } from './git-folder.ts';

const CHUNK_BYTES = 1024 ** 2;

/** Folders of refs below each other, such as `refs/heads/a/b`. */
const DEEPEST_REF = 20;

/**
 * Copies what a repository of this machine holds: branches, tags and objects, but no settings and no hooks. git then
 * clones the copy, because a session may have written settings that make git run commands in the repository itself.
 * @throws `clone-failed`
 */
export async function copyRepository(repository: string, target: string, signal?: AbortSignal): Promise<void> {
  try {
    const git = findRepositoryFolder(repository);
    refuseReftable(git);
    if (readGitFile(path.join(git.common, 'objects', 'info', 'alternates'), LIMITS.config)) {
      throw unreadable(git.common, 'has objects in another repository, to which ezj does not follow');
    }
    mkdirSync(target, { mode: 0o700 });
    for (const folder of ['objects', 'refs']) mkdirSync(path.join(target, folder));
    writeFileSync(path.join(target, 'config'), configOf(git));
    const head = readGitFile(path.join(git.own, 'HEAD'), LIMITS.ref);
    if (head === undefined) throw unreadable(git.own, 'has no HEAD');
    writeFileSync(path.join(target, 'HEAD'), head);
    const copy = copier({ from: git.common, target, signal });
    for (const file of ['packed-refs', 'shallow']) await copy(file);
    await copyRefs(path.join(git.common, 'refs'), 'refs', copy);
    await copyObjects(path.join(git.common, 'objects'), copy);
  } catch (cause) {
    if (!(cause instanceof EzjError) || cause.code !== 'folder-taken') throw cause;
    throw failed(cause.message, cause);
  }
}

/** git completes a path in the same way. */
function findRepositoryFolder(repository: string): GitFolder {
  const found = [repository, `${repository}.git`].find((each) =>
    statSync(each, { throwIfNoEntry: false })?.isDirectory(),
  );
  if (found === undefined) throw failed(`There is no repository ${repository}`);
  const folder = realpathSync.native(found);
  return findGitFolder(folder) ?? readGitFolder(folder);
}

/** The few settings without which git cannot read the objects. */
function configOf({ config }: GitFolder): string {
  const sha256 = config.get('extensions.objectformat') === 'sha256';
  const extensions = sha256 ? '[extensions]\n\tobjectFormat = sha256\n' : '';
  return `[core]\n\trepositoryFormatVersion = ${sha256 ? 1 : 0}\n\tbare = true\n${extensions}`;
}

type Copy = (file: string) => Promise<void>;

/** Copies one file, with all folders above it. */
function copier({ from, target, signal }: { from: string; target: string; signal?: AbortSignal }): Copy {
  return async (file) => {
    const source = openGitFile(path.join(from, file));
    if (source === undefined) return;
    try {
      mkdirSync(path.dirname(path.join(target, file)), { recursive: true });
      await copyBytes(source.descriptor, path.join(target, file), signal);
    } finally {
      closeSync(source.descriptor);
    }
  };
}

async function copyBytes(source: number, to: string, signal?: AbortSignal): Promise<void> {
  const copy = openSync(to, 'wx', 0o600);
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  try {
    for (let read = -1; read !== 0; ) {
      read = readSync(source, chunk, 0, chunk.length, null);
      writeFileSync(copy, chunk.subarray(0, read));
      // Lets Ctrl-C through.
      await setImmediate();
      if (signal?.aborted) throw new EzjError({ code: 'cancelled', message: 'Cancelled.' });
    }
  } finally {
    closeSync(copy);
  }
}

async function copyRefs(folder: string, name: string, copy: Copy, depth = 0): Promise<void> {
  if (depth > DEEPEST_REF) throw unreadable(folder, 'has too many folders below each other');
  for (const entry of list(folder)) {
    const inner = `${name}/${entry.name}`;
    if (entry.isDirectory()) await copyRefs(path.join(folder, entry.name), inner, copy, depth + 1);
    else await copy(inner);
  }
}

async function copyObjects(folder: string, copy: Copy): Promise<void> {
  for (const { name } of list(folder).filter((entry) => /^[\da-f]{2}$/.test(entry.name))) {
    for (const object of list(path.join(folder, name))) {
      if (/^([\da-f]{38}|[\da-f]{62})$/.test(object.name)) await copy(`objects/${name}/${object.name}`);
    }
  }
  for (const { name } of list(path.join(folder, 'pack'))) {
    if (/^pack-[\da-f]+\.(pack|idx)$/.test(name)) await copy(`objects/pack/${name}`);
  }
}

function list(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return [];
    throw error;
  }
}

function failed(message: string, cause?: unknown): EzjError {
  return new EzjError({
    code: 'clone-failed',
    message,
    hint: 'ezj reads a repository of this machine as files, and follows no links in it. If you trust it, clone it yourself, then run ezj DIR',
    cause,
  });
}
