import type { Readable } from 'node:stream';
import { EzjError } from '../protocol/errors.ts';
import { abortable, type Connection, openAnswer } from './connection.ts';
import { openStream } from './engine-call.ts';
import { codeOfWords, hintOf, toEngineError } from './engine-errors.ts';
import { checkImageReference } from './image-reference.ts';
import { readJsonLines } from './json-lines.ts';

/** Images as the tar stream of `docker save`. https://docs.docker.com/reference/api/engine/version/v1.41/#tag/Image/operation/ImageGetAll */
export function saveImages(
  connection: Connection,
  references: string[],
  { signal }: { signal: AbortSignal },
): Promise<Readable> {
  const names = references.map((name) => `names=${encodeURIComponent(checkImageReference(name))}`).join('&');
  // The engine collects the layers before it answers.
  const call = { what: `read the image ${references[0]}`, signal, timeoutMs: Number.POSITIVE_INFINITY };
  return openStream(connection, call, (abortSignal) =>
    openAnswer(connection, { path: `/images/get?${names}`, abortSignal }),
  );
}

/** Loads the tar stream of `docker save`. If the stream fails or `signal` fires, the engine loads nothing. */
export async function loadImages(
  connection: Connection,
  tar: Readable,
  { signal }: { signal: AbortSignal },
): Promise<void> {
  const what = 'load the images';
  const broken = new AbortController();
  tar.on('error', () => broken.abort());
  try {
    const call = { what, signal: AbortSignal.any([signal, broken.signal]), timeoutMs: Number.POSITIVE_INFINITY };
    const stream = await openStream(connection, call, (abortSignal) =>
      connection.docker.loadImage(tar, abortable(abortSignal, { quiet: true })),
    );
    for await (const event of readJsonLines(stream)) {
      const { error } = event as { error?: string };
      if (error === undefined) continue;
      const code = codeOfWords(error) ?? 'engine-failed';
      throw new EzjError({ code, message: `Could not ${what}: ${error}`, hint: hintOf(code) });
    }
  } catch (thrown) {
    throw toEngineError(thrown, { what, source: connection.source });
  } finally {
    tar.destroy();
  }
}
