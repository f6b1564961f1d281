import { posix } from 'node:path';
import { Readable } from 'node:stream';
import { extract, pack } from 'tar-stream';
import { readBounded, tooLong } from '../protocol/bounded-read.ts';
import type { Connection } from './connection.ts';
import type { ContainerFile } from './engine.ts';
import { callEngine, openStream } from './engine-call.ts';
import { isAbsent, toEngineError } from './engine-errors.ts';

/** Writes files into a container, volumes included, with the owners given. */
export async function putFiles(connection: Connection, id: string, files: ContainerFile[]): Promise<void> {
  if (files.length === 0) return;
  // A stream is sent in chunks, and the engine waits for their end. After a body of known length, the engine may close the
  // connection before node writes its last, empty piece, and that write fails.
  const archive = Readable.from([Buffer.concat(await Readable.from(packFiles(files)).toArray())]);
  const call = { what: `write files into the container ${id}`, timeoutMs: 120_000 };
  await callEngine(connection, call, (abortSignal) =>
    connection.docker.getContainer(id).putArchive(archive, { path: '/', abortSignal }),
  );
}

/** The files that ezj reads are settings and lists of users. */
const MOST_FILE_BYTES = 2 ** 20;
const READ_MS = 30_000;

/**
 * Content of one regular file in the container, which may be stopped; undefined if the file does not exist.
 * @throws `answer-too-long`
 */
export async function readFile(connection: Connection, id: string, path: string): Promise<Buffer | undefined> {
  const what = `read ${path} in the container ${id}`;
  try {
    const archive = await openStream(connection, { what }, (abortSignal) =>
      connection.docker.getContainer(id).getArchive({ path, abortSignal }),
    );
    return await firstFile(archive, `The file ${path} in the container ${id}`).catch((thrown: unknown) => {
      throw toEngineError(thrown, { what, source: connection.source });
    });
  } catch (thrown) {
    if (isAbsent(thrown)) return undefined;
    throw thrown;
  }
}

function packFiles(files: ContainerFile[]) {
  const tar = pack();
  for (const { path, content, mode, uid, gid } of files) {
    const name = posix.normalize(path).replace(/^\/+/, '');
    if (content === undefined) tar.entry({ name: `${name}/`, type: 'directory', mode, uid, gid });
    else tar.entry({ name, mode, uid, gid }, content);
  }
  tar.finalize();
  return tar;
}

/** The archive of a folder begins with the folder itself, which has no content. */
async function firstFile(archive: Readable, what: string): Promise<Buffer | undefined> {
  const limits = { what, bytes: MOST_FILE_BYTES, ms: READ_MS };
  const entries = extract();
  archive.once('error', (error) => entries.destroy(error));
  archive.pipe(entries);
  try {
    for await (const entry of entries) {
      if (entry.header.type !== 'file') return undefined;
      // The size in the header is only what the container says.
      if ((entry.header.size ?? 0) > limits.bytes) throw tooLong(limits);
      return await readBounded(entry as unknown as Readable, limits);
    }
    return undefined;
  } finally {
    archive.destroy();
  }
}
