import { AsyncLocalStorage } from 'node:async_hooks';
import { close, constants, fstat, read } from 'node:fs';
import { promisify } from 'node:util';
import type { Held } from './held.ts';
import { type Finding, findPlace, systemReason } from './place.ts';

const CHUNK_BYTES = 64 * 1024;

const readInto = promisify(read);
const closeFile = promisify(close);
const statFile = promisify(fstat);

/** A regular file of a project that is open for reading. */
export interface OpenFile {
  /** Size when it was opened. */
  sizeBytes: number;
  /** Its first bytes, piece by piece: at most `limitBytes`, even if it grows meanwhile. */
  bytes(limitBytes: number): AsyncGenerator<Buffer, void>;
  close(): Promise<void>;
}

/**
 * Opens a regular file of a project; undefined if it does not exist. Pipes, sockets and devices are refused unopened.
 * @throws what `refuse` makes, also for a link that leads out of the folder
 */
export async function openFileIn(root: string, name: string, finding: Finding): Promise<OpenFile | undefined> {
  const { refuse } = finding;
  const place = findPlace(root, name, finding);
  try {
    if (!place?.found) return undefined;
    if (!place.found.stats.isFile()) throw refuse('it is not a file');
    return await readerOf(openHeld(place.found, finding));
  } finally {
    place?.close();
  }
}

function openHeld(held: Held, { refuse }: Finding): number {
  try {
    return held.open(constants.O_RDONLY);
  } catch (error) {
    throw refuse(systemReason(error));
  }
}

async function readerOf(fd: number): Promise<OpenFile> {
  const { size } = await statFile(fd);
  return { sizeBytes: size, bytes: (limitBytes) => readBytes(fd, limitBytes), close: () => closeFile(fd) };
}

async function* readBytes(fd: number, limitBytes: number): AsyncGenerator<Buffer, void> {
  for (let at = 0; at < limitBytes; ) {
    const chunk = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, limitBytes - at));
    const { bytesRead } = await readInto(fd, chunk, 0, chunk.length, at);
    if (bytesRead === 0) return;
    at += bytesRead;
    yield chunk.subarray(0, bytesRead);
  }
}

const unread = new AsyncLocalStorage<true>();

/** Says that a file exists which {@link withoutFiles} must not read. */
export class FileFound extends Error {}

/** Runs work that reads no file: it throws {@link FileFound} instead. */
export function withoutFiles<Result>(work: () => Promise<Result>): Promise<Result> {
  return unread.run(true, work);
}

/**
 * The content of a regular file of a project; undefined if it does not exist. Never holds more than the limit.
 * @throws what `refuse` makes, also for a file that is bigger than the limit
 */
export async function readFileIn(
  root: string,
  name: string,
  { limitBytes, ...finding }: Finding & { limitBytes: number },
): Promise<Buffer | undefined> {
  const file = await openFileIn(root, name, finding);
  if (!file) return undefined;
  const tooBig = (bytes: number) => finding.refuse(`it has ${bytes} bytes; the limit is ${limitBytes}`);
  try {
    if (unread.getStore()) throw new FileFound();
    if (file.sizeBytes > limitBytes) throw tooBig(file.sizeBytes);
    const chunks: Buffer[] = [];
    for await (const chunk of file.bytes(limitBytes + 1)) chunks.push(chunk);
    const content = Buffer.concat(chunks);
    if (content.length > limitBytes) throw tooBig(content.length);
    return content;
  } finally {
    await file.close();
  }
}
