import { createHash } from 'node:crypto';
import path from 'node:path';
import { Readable } from 'node:stream';
import type { BuildRequest, ContextEntry } from '../../engine/engine.ts';
import { openFileIn } from '../../project-files/read.ts';
import { EzjError } from '../../protocol/errors.ts';
import { forgetContentHashes } from './content-hashes.ts';
import type { PreparedBuild, SeenEntry } from './context-files.ts';

/** The context like that of `docker build`: with the Dockerfile and `.dockerignore`, which the engine drops if they are excluded. */
export function sentFiles({
  file,
  context,
  seen,
}: PreparedBuild): Pick<BuildRequest, 'dockerfile' | 'extraFiles'> & { context: ContextEntry[] } {
  const within = path.posix.relative(context, file.path);
  const outside = within.startsWith('../');
  const dockerfile = outside ? '.ezj.Dockerfile' : within;
  const ignored = outside ? ['.dockerignore', dockerfile] : [];
  const rules = [seen.ignoreFile?.content.toString() ?? '', ...ignored].join('\n');
  const extraFiles = {
    [dockerfile]: file.content,
    ...(seen.ignoreFile || outside ? { '.dockerignore': Buffer.from(rules) } : {}),
  };
  return { context: seen.entries.flatMap((entry) => contextEntry(seen.folder, entry)), dockerfile, extraFiles };
}

/** Only the content of a file is read again: all else is sent as it was when the context was read. */
function contextEntry(folder: string, entry: SeenEntry): ContextEntry[] {
  const { path: name, kind, executable, sizeBytes, target = '' } = entry;
  if (kind === 'folder') return [{ path: name, kind }];
  if (kind === 'link') return [{ path: name, kind, target }];
  if (kind === 'other') return [];
  return [{ path: name, kind, executable, sizeBytes, open: () => Readable.from(hashedBytes(folder, entry)) }];
}

/**
 * The content of a file, which must be what was hashed. Keeps its end back until that is sure, so that an engine never gets a
 * whole file that is another.
 * @throws `build-failed`
 */
async function* hashedBytes(
  folder: string,
  { path: name, sizeBytes, hash: expected }: SeenEntry,
): AsyncGenerator<Buffer> {
  const file = await openFileIn(folder, name, { refuse: (reason) => changed(name, reason), links: 'refuse' });
  if (!file) throw changed(name, 'it is gone');
  const hash = createHash('sha256');
  let last: Buffer | undefined;
  try {
    for await (const chunk of file.bytes(sizeBytes)) {
      hash.update(chunk);
      if (last) yield last;
      last = chunk;
    }
  } finally {
    await file.close();
  }
  if (hash.digest('hex') !== expected) {
    await forgetContentHashes(folder);
    throw changed(name, 'its content is another');
  }
  if (last) yield last;
}

function changed(name: string, reason: string): EzjError {
  return new EzjError({
    code: 'build-failed',
    message: `${name} changed while it was sent to the engine: ${reason}.`,
    hint: 'Run the command again. If the file changes all the time, exclude it in .dockerignore.',
  });
}
