import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import process from 'node:process';
import type { Readable } from 'node:stream';
import { EzjError } from '../../protocol/errors.ts';
import { shellQuote } from '../../protocol/shell-word.ts';
import { decompressorFor } from './compression.ts';

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
    return await readFrom(createReadStream(file), await headOf(file), totalBytes);
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

async function readFrom(source: Readable, head: Buffer, totalBytes?: number): Promise<ArchiveReader> {
  let readBytes = 0;
  const tar = await decompressorFor(head);
  source.on('data', (chunk: Buffer) => (readBytes += chunk.length));
  const broken = new Promise<never>((_, reject) => {
    for (const stream of [source, tar]) stream.on('error', (cause) => reject(unreadable(cause)));
  });
  // Told to whoever waits for it.
  broken.catch(() => {});
  source.pipe(tar);
  return { tar, broken, progress: () => ({ readBytes, totalBytes }) };
}

function unreadable(cause: Error): EzjError {
  return new EzjError({
    code: 'archive-invalid',
    message: `This is not a complete archive of \`ezj export\`: ${cause.message}. Nothing was loaded.`,
    hint: 'Copy it again, or export it again.',
    cause,
  });
}
