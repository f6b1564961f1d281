import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { PassThrough, type Readable, type Transform, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { EzjError } from '../../protocol/errors.ts';
import { shellQuote } from '../../protocol/shell-word.ts';
import { compressorFor } from './compression.ts';

/** An archive that is being written. */
export interface ArchiveWriter {
  /** Resolves when more can be taken. */
  write(chunk: Buffer): Promise<void>;
  /** Puts the file, whole, in its place; gives its size. */
  finish(): Promise<number>;
  /** Leaves nothing of it. */
  discard(): Promise<void>;
}

/**
 * Opens an archive for writing, compressed as the ending of its name says; `-` is stdout. The file gets its name only when it is
 * complete.
 * @throws `usage`; `file-taken` if it exists, without `force`; `disk-full`
 */
export async function createArchive(file: string, { force }: { force: boolean }): Promise<ArchiveWriter> {
  if (file === '-')
    return writeTo(new PassThrough(), stdout(), { place: async () => {}, discard: async () => {}, file });
  const compressor = await compressorFor(file);
  const refuseTaken = () => {
    if (!force && existsSync(file)) throw taken(file);
  };
  refuseTaken();
  const part = `${file}.part-${process.pid}`;
  // Opened here, so that a folder that is not there is reported before the work and not after it.
  const handle = await open(part, 'wx').catch((error) => {
    throw unwritable(file, error);
  });
  return writeTo(compressor, handle.createWriteStream(), {
    file,
    place: async () => {
      refuseTaken();
      await rename(part, file);
    },
    discard: () => rm(part, { force: true }),
  });
}

function writeTo(
  input: Transform,
  target: Writable,
  { file, place, discard }: { file: string; place: () => Promise<void>; discard: () => Promise<void> },
): ArchiveWriter {
  let bytes = 0;
  target.on('pipe', (source: Readable) => source.on('data', (chunk: Buffer) => (bytes += chunk.length)));
  const done = pipeline(input, target, { end: file !== '-' }).catch((error) => {
    throw unwritable(file, error);
  });
  // Told by the next call.
  done.catch(() => {});
  return {
    async write(chunk) {
      if (!input.write(chunk)) await Promise.race([once(input, 'drain'), done]);
    },
    async finish() {
      input.end();
      await done;
      await place();
      return bytes;
    },
    async discard() {
      input.destroy();
      await done.catch(() => {});
      await discard();
    },
  };
}

function stdout(): Writable {
  if (!process.stdout.isTTY) return process.stdout;
  throw new EzjError({
    code: 'usage',
    message: 'ezj does not write an archive to a terminal.',
    hint: 'Name a file, or send it on: ezj export - | ssh HOST ezj import -',
  });
}

function taken(file: string): EzjError {
  return new EzjError({
    code: 'file-taken',
    message: `${file} already exists.`,
    hint: 'Choose another name, or add --force to overwrite it.',
  });
}

function unwritable(file: string, cause: NodeJS.ErrnoException): EzjError {
  // Too big for the file system, as 4 GB are on a stick, or for the user's limit.
  if (['ENOSPC', 'EDQUOT', 'EFBIG'].includes(cause.code ?? '')) {
    return new EzjError({
      code: 'disk-full',
      message: `There is no space left for ${file}.`,
      hint: 'Free some space, or name a file on another disk; .tar.gz takes less than .tar.',
      cause,
    });
  }
  const folder = path.dirname(file);
  const found: Record<string, [what: string, hint: string]> = {
    ENOENT: [`There is no folder ${folder} for ${file}.`, `mkdir -p ${shellQuote(folder)}`],
    ENOTDIR: [`${folder} is not a folder.`, 'Name a file in a folder that exists.'],
    EACCES: [`You may not write to ${folder}.`, `ls -ld ${shellQuote(folder)} shows who may`],
    EROFS: [`${folder} is read-only.`, 'Name a file in a folder that you can write to.'],
  };
  const [message, hint] = found[cause.code ?? ''] ?? [`${file} cannot be written: ${cause.message}`];
  return new EzjError({ code: 'usage', message, hint, cause });
}
