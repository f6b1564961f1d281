import { closeSync, constants, fstatSync, openSync, readlinkSync, readSync, realpathSync } from 'node:fs';
import process from 'node:process';
import { EzjError } from '../protocol/errors.ts';

/** More than any file of this kind has in real repositories. */
export const LIMITS = { ref: 4096, config: 1024 ** 2, object: 1024 ** 2, packedRefs: 16 * 1024 ** 2 };

/** The error for a repository that ezj does not read: `why` continues a sentence that begins with the file. */
export function unreadable(file: string, why: string, cause?: unknown): EzjError {
  return new EzjError({
    code: 'folder-taken',
    message: `${file} ${why}`,
    hint: 'ezj reads a repository as files and follows no links in it, because a session can write to it. Add --into DIR for a new clone',
    cause,
  });
}

/**
 * The bytes of a file of a repository, which a session may have written: a regular file of limited size, at this very
 * place. `file` is a real path up to the repository. Undefined if there is no such file.
 * @throws `folder-taken` for a link, a pipe, a device, a larger file
 */
export function readGitFile(file: string, limitBytes: number): Buffer | undefined {
  const opened = openGitFile(file);
  if (opened === undefined) return undefined;
  const { descriptor, size } = opened;
  try {
    // One more than it should have, to notice that it grows.
    const bytes = Buffer.alloc(Math.min(size, limitBytes) + 1);
    let length = 0;
    for (let read = -1; read !== 0 && length < bytes.length; length += read) {
      read = readSync(descriptor, bytes, length, bytes.length - length, null);
    }
    if (size > limitBytes || length > limitBytes) {
      throw unreadable(file, `has more than ${limitBytes / 1024} KB`);
    }
    return bytes.subarray(0, length);
  } finally {
    closeSync(descriptor);
  }
}

/** Opens a file as {@link readGitFile} does. The caller closes it. */
export function openGitFile(file: string): { descriptor: number; size: number } | undefined {
  const descriptor = open(file);
  if (descriptor === undefined) return undefined;
  try {
    const stat = fstatSync(descriptor);
    if (!stat.isFile() && !stat.isDirectory()) throw unreadable(file, 'is not a regular file');
    if (realPathOf(descriptor, file) !== file) throw unreadable(file, 'is behind a link, or moved while ezj read it');
    if (stat.isFile()) return { descriptor, size: stat.size };
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
  closeSync(descriptor);
  return undefined;
}

function open(file: string): number | undefined {
  const { O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants;
  try {
    // Does not wait for a writer of a pipe.
    return openSync(file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    // Windows opens no folder.
    if (['ENOENT', 'ENOTDIR', 'EISDIR'].includes(code ?? '')) return undefined;
    // FreeBSD says EMLINK for a link.
    if (code === 'ELOOP' || code === 'EMLINK') throw unreadable(file, 'is a link', cause);
    if (code === 'ENXIO') throw unreadable(file, 'is not a regular file', cause);
    throw unreadable(file, `cannot be read (${code})`, cause);
  }
}

/** Where the opened file really is, because a folder above it can be a link. */
function realPathOf(descriptor: number, file: string): string {
  return process.platform === 'linux' ? readlinkSync(`/proc/self/fd/${descriptor}`) : realpathSync.native(file);
}
