import type { EzjError } from '../protocol/errors.ts';
import type { Report } from '../protocol/events.ts';
import type { Connection } from './connection.ts';
import type { EngineUser } from './docker-config.ts';
import { openStream } from './engine-call.ts';
import { statusOf, toEngineError, wordsOf } from './engine-errors.ts';
import { isPodman } from './engine-info.ts';
import { type ImageReference, parseImageReference } from './image-reference.ts';
import { inspectImage } from './images.ts';
import { readJsonLines } from './json-lines.ts';
import { pullError } from './pull-errors.ts';
import { type PullLine, reportLayers } from './pull-progress.ts';
import { credentialsFor } from './registry-credentials.ts';

/** How a pull reports and stops, and whose credentials it uses. */
export interface PullOptions {
  report: Report;
  signal: AbortSignal;
  user: EngineUser;
}

/** Pulls with the credentials of the user's docker configuration. The engine gives up when `signal` closes the connection. */
export async function pullImage(connection: Connection, reference: string, options: PullOptions): Promise<void> {
  const { signal, user, report } = options;
  const image = parseImageReference(reference);
  const podman = await isPodman(connection);
  const authconfig = await credentialsFor(image.registry, { user, podman, report });
  const from = { fromImage: `${image.registry}/${image.repository}`, tag: image.digest ?? image.tag };
  const what = `pull ${image.familiar}`;
  try {
    // The answer begins when the registry has answered: the engine's own time limits hold until then.
    const call = { what, signal, timeoutMs: Number.POSITIVE_INFINITY };
    const stream = await openStream(connection, call, (abortSignal) =>
      connection.docker.createImage({ ...from, authconfig, abortSignal }),
    );
    await followPull(readJsonLines(stream), { image, report });
  } catch (thrown) {
    throw toPullError(thrown, image, toEngineError(thrown, { what, source: connection.source }));
  }
  // Not every engine ends with a word of success, and a stream can end early without an error: only this tells.
  if (!(await inspectImage(connection, reference))) throw pullError(image, 'the engine ended the pull early');
}

async function followPull(lines: AsyncIterable<unknown>, { image, report }: { image: ImageReference; report: Report }) {
  const progress = reportLayers(report);
  let last: PullLine = {};
  try {
    for await (const value of lines) {
      last = value as PullLine;
      const error = last.error ?? last.errorDetail?.message;
      if (error !== undefined) throw pullError(image, error.trim());
      progress.take(last);
    }
  } finally {
    progress.flush();
  }
  if (!isLastLine(last)) throw pullError(image, 'the engine ended the pull early');
}

/** Docker ends with `Status: Downloaded newer image for …`, Podman with the image's id. */
function isLastLine({ status = '', id }: PullLine): boolean {
  return /^Status: /.test(status) || (status === '' && id !== undefined) || /^Download complete/.test(status);
}

/** What the registry said comes in an answer of the engine; without one it is the connection to the engine that failed. */
function toPullError(thrown: unknown, image: ImageReference, mapped: EzjError): EzjError {
  const raw = mapped.cause ?? thrown;
  if (statusOf(raw) !== undefined) return pullError(image, wordsOf(raw), raw);
  if (raw instanceof SyntaxError)
    return pullError(image, `the engine answered with a line that is no JSON (${raw.message})`, raw);
  if (mapped.code === 'engine-gone' && isCut(raw)) return pullError(image, 'the engine ended the pull early', raw);
  return mapped;
}

function isCut(raw: unknown): boolean {
  return /aborted|premature close/i.test(wordsOf(raw)) || (raw as { code?: string }).code === 'ECONNRESET';
}
