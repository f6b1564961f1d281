import { createHash } from 'node:crypto';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import type { Extract, Pack } from 'tar-stream';
import { readBounded } from '../../protocol/bounded-read.ts';

/** An entry of an archive that is being read. */
export type Entry = Extract extends AsyncIterable<infer Each> ? Each : never;

/** Streams an entry to another archive and returns the SHA-256 of its content. */
export async function copyEntry(entry: Entry, tar: Pack): Promise<string> {
  const hash = createHash('sha256');
  const { header } = entry;
  let settle: (error?: Error | null) => void = () => {};
  const written = new Promise<void>((resolve, reject) => {
    settle = (error) => (error ? reject(error) : resolve());
  });
  const sink = tar.entry(header, settle);
  // `written` reports the error.
  written.catch(() => {});
  sink.on('error', () => {});
  for await (const chunk of entry) {
    hash.update(chunk as Buffer);
    if (!sink.write(chunk)) await Promise.race([once(sink, 'drain'), written]);
  }
  sink.end(null);
  await written;
  return hash.update(header.linkname ?? '').digest('hex');
}

/** Adds a file and returns the SHA-256 of its content. */
export async function addFile(tar: Pack, name: string, content: Buffer): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    tar.entry({ name, mode: 0o644 }, content, (error) => (error ? reject(error) : resolve()));
  });
  return sha256(content);
}

/**
 * The content of an entry.
 * @throws the error of `tooBig`, before it reads the entry
 */
export async function readEntry(entry: Entry, limitBytes: number, tooBig: () => Error): Promise<Buffer> {
  if ((entry.header.size ?? 0) > limitBytes) throw tooBig();
  return readBounded(entry as unknown as Readable, { what: `The entry ${entry.header.name}`, bytes: limitBytes });
}

/** Hexadecimal. */
export function sha256(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}
