import { once } from 'node:events';
import { createReadStream, createWriteStream, existsSync } from 'node:fs';
import { open, rename, rm, stat } from 'node:fs/promises';
import process from 'node:process';
import { PassThrough, type Readable, type Transform, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import zlib from 'node:zlib';
import { EzjError } from '../protocol/errors.ts';
import { shellQuote } from '../protocol/shell-word.ts';

/** An archive that is being written. */
export interface ArchiveWriter {
  /** Resolves when more can be taken. */
  write(chunk: Buffer): Promise<void>;
  /** Puts the file, whole, in its place; gives its size. */
  finish(): Promise<number>;
  /** Leaves nothing of it. */
  discard(): Promise<void>;
}

/** Node has it from 22.15 on, and its types of 20 do not know it. */
const { createZstdCompress, createZstdDecompress } = zlib as unknown as Partial<
  Record<'createZstdCompress' | 'createZstdDecompress', () => Transform>
>;

const GZIP = Buffer.from([0x1f, 0x8b]);
const ZSTD = Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);

/**
 * Opens an archive for writing, compressed as its name's ending says; `-` is stdout. A file gets its name only when it is whole.
 * @throws `usage`; `file-taken` where there is one, without `force`; `disk-full`
 */
export function createArchive(file: string, { force }: { force: boolean }): ArchiveWriter {
  if (file === '-')
    return writeTo(new PassThrough(), stdout(), { place: async () => {}, discard: async () => {}, file });
  const compressor = compressorFor(file);
  const refuseTaken = () => {
    if (!force && existsSync(file)) throw taken(file);
  };
  refuseTaken();
  const part = `${file}.part-${process.pid}`;
  return writeTo(compressor, createWriteStream(part, { flags: 'wx' }), {
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

function compressorFor(file: string): Transform {
  if (file.endsWith('.tar')) return new PassThrough();
  // Layers are big, and a little less of them is not worth the minutes.
  if (/\.(?:tar\.gz|tgz)$/.test(file)) return zlib.createGzip({ level: zlib.constants.Z_BEST_SPEED });
  if (/\.(?:tar\.zst|tzst)$/.test(file)) {
    if (createZstdCompress) return createZstdCompress();
    throw new EzjError({
      code: 'usage',
      message: `${file} is not accepted: node ${process.versions.node} knows no zstd, node 22.15 does.`,
      hint: `ezj export ${shellQuote(file.replace(/\.t(?:ar\.)?zst$/, '.tar.gz'))}`,
    });
  }
  throw new EzjError({
    code: 'usage',
    message: `${file} is not accepted: a name that ends in .tar, .tar.gz or .tar.zst, or - for stdout`,
    hint: `ezj export ${shellQuote(`${file}.tar.gz`)}`,
  });
}

/** An archive that is being read: its bytes without compression, and how many of the file's are read of how many. */
export interface ArchiveReader {
  tar: Readable;
  /** Rejects where the file cannot be read to its end; never resolves. */
  broken: Promise<never>;
  progress(): { readBytes: number; totalBytes?: number };
}

/**
 * Opens an archive, whatever it is compressed with; `-` is stdin.
 * @throws `usage` where it cannot be opened
 */
export async function openArchive(file: string): Promise<ArchiveReader> {
  if (file === '-') {
    await once(process.stdin, 'readable');
    const head: Buffer = process.stdin.read() ?? Buffer.alloc(0);
    if (head.length > 0) process.stdin.unshift(head);
    return readFrom(process.stdin, head);
  }
  try {
    const totalBytes = (await stat(file)).size;
    return readFrom(createReadStream(file), await headOf(file), totalBytes);
  } catch (cause) {
    throw cannotOpen(file, cause as NodeJS.ErrnoException);
  }
}

/** What keeps a file from being read, in words. */
function cannotOpen(file: string, cause: NodeJS.ErrnoException): EzjError {
  const found: Record<string, [what: string, hint?: string]> = {
    ENOENT: [`There is no file ${file}`, 'ezj import takes a file that ezj export has written; - stands for stdin'],
    ENOTDIR: [`There is no file ${file}`],
    EISDIR: [`${file} is a folder`, 'ezj import takes a file that ezj export has written'],
    EACCES: [`${file} may not be read by you`, `ls -l ${shellQuote(file)} shows who may`],
  };
  const [message, hint] = found[cause.code ?? ''] ?? [`${file} cannot be read: ${cause.message}`];
  return new EzjError({ code: 'usage', message, hint, cause });
}

async function headOf(file: string): Promise<Buffer> {
  const handle = await open(file);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(4), 0, 4, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

function readFrom(source: Readable, head: Buffer, totalBytes?: number): ArchiveReader {
  let readBytes = 0;
  const tar = decompressorFor(head);
  source.on('data', (chunk: Buffer) => (readBytes += chunk.length));
  const broken = new Promise<never>((_, reject) => {
    for (const stream of [source, tar]) stream.on('error', (cause) => reject(unreadable(cause)));
  });
  // Told to whoever waits for it.
  broken.catch(() => {});
  source.pipe(tar);
  return { tar, broken, progress: () => ({ readBytes, totalBytes }) };
}

function decompressorFor(head: Buffer): Transform {
  if (head.subarray(0, 2).equals(GZIP)) return zlib.createGunzip();
  if (!head.subarray(0, 4).equals(ZSTD)) return new PassThrough();
  if (createZstdDecompress) return createZstdDecompress();
  throw new EzjError({
    code: 'usage',
    message: `The archive is compressed with zstd, which node ${process.versions.node} does not know.`,
    hint: 'zstd -d < FILE | ezj import -',
  });
}

function unreadable(cause: Error): EzjError {
  return new EzjError({
    code: 'archive-invalid',
    message: `This is not a complete archive of \`ezj export\`: ${cause.message}. Nothing was loaded.`,
    hint: 'Copy it again, or export it again.',
    cause,
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
  const full = ['ENOSPC', 'EDQUOT', 'EFBIG'].includes(cause.code ?? '');
  return new EzjError({
    code: full ? 'disk-full' : 'usage',
    message: full ? `There is no space left for ${file}.` : `${file} cannot be written: ${cause.message}`,
    hint: full ? 'Free some space, or name a file on another disk; .tar.gz takes less than .tar.' : undefined,
    cause,
  });
}
