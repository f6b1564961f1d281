import type { Readable } from 'node:stream';
import { extract, type Pack, pack } from 'tar-stream';
import type { CallContext } from '../../concurrency/shared-work.ts';
import type { Engine } from '../../engine/engine.ts';
import type { NamedFile } from '../../environments/files/named-files.ts';
import { EzjError } from '../../protocol/errors.ts';
import { type ArchiveManifest, CHECKSUMS_NAME, MANIFEST_NAME, PROJECT_FOLDER } from './archive-format.ts';
import { addFile, copyEntry } from './tar-entries.ts';

/** The content of an archive. */
export interface ArchiveContent {
  manifest: ArchiveManifest;
  files: NamedFile[];
}

/**
 * Writes an archive as a tar stream: manifest, project files, images as `docker save` writes them, checksums. Holds
 * only one chunk in memory.
 */
export function writeArchive(engine: Engine, content: ArchiveContent, { signal }: Pick<CallContext, 'signal'>): Pack {
  const tar = pack();
  fill(tar, engine, content, signal).then(
    () => tar.finalize(),
    (error) => tar.destroy(error),
  );
  return tar;
}

async function fill(tar: Pack, engine: Engine, { manifest, files }: ArchiveContent, signal: AbortSignal) {
  const checksums: Record<string, string> = {};
  const add = async (name: string, content: Buffer) => {
    checksums[name] = await addFile(tar, name, content);
  };
  await add(MANIFEST_NAME, toJson(manifest));
  for (const file of files) await add(`${PROJECT_FOLDER}${file.path}`, file.content);
  const names = manifest.images.map(({ name }) => name);
  await copyImages(await engine.saveImages(names, { signal }), tar, checksums);
  await addFile(tar, CHECKSUMS_NAME, toJson(checksums));
}

async function copyImages(saved: Readable, tar: Pack, checksums: Record<string, string>): Promise<void> {
  const entries = extract();
  saved.once('error', (error) => entries.destroy(error));
  saved.pipe(entries);
  try {
    for await (const entry of entries) checksums[entry.header.name] = await copyEntry(entry, tar);
  } catch (cause) {
    if (cause instanceof EzjError) throw cause;
    const message = `The engine ended the image early: ${(cause as Error).message}`;
    throw new EzjError({ code: 'engine-failed', message, cause });
  } finally {
    saved.destroy();
  }
}

function toJson(value: object): Buffer {
  return Buffer.from(`${JSON.stringify(value, undefined, 2)}\n`);
}
