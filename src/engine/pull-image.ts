import type { Report } from '../protocol/events.ts';
import type { Connection } from './connection.ts';
import type { EngineUser } from './docker-config.ts';
import { openStream } from './engine-call.ts';
import { toEngineError } from './engine-errors.ts';
import { isPodman } from './engine-info.ts';
import { parseImageReference } from './image-reference.ts';
import { inspectImage } from './images.ts';
import { readJsonLines } from './json-lines.ts';
import { pullError } from './pull-errors.ts';
import { type PullLine, reportLayers } from './pull-progress.ts';
import { credentialsFor } from './registry-credentials.ts';
import { endedEarly, type Transfer, toTransferError } from './transfer-failure.ts';

/** How a pull reports and stops, and the user whose credentials it uses. */
export interface PullOptions {
  report: Report;
  signal: AbortSignal;
  user: EngineUser;
  /** How long the registry may take to answer whether it has the image. Default: as long as the engine waits. */
  answerWithinMs?: number;
}

/** Pulls with the credentials of the user's docker configuration. The engine gives up when `signal` closes the connection. */
export async function pullImage(connection: Connection, reference: string, options: PullOptions): Promise<void> {
  const { signal, user, report, answerWithinMs = Number.POSITIVE_INFINITY } = options;
  const image = parseImageReference(reference);
  const podman = await isPodman(connection);
  const authconfig = await credentialsFor(image.registry, { user, podman, report });
  const from = { fromImage: `${image.registry}/${image.repository}`, tag: image.digest ?? image.tag };
  const what = `pull ${image.familiar}`;
  const transfer: Transfer = { verb: 'pull', toError: (words, cause) => pullError(image, words, cause) };
  const atDeadline = () =>
    pullError(image, `timeout: ${image.registry} did not answer within ${answerWithinMs / 1000} s`);
  try {
    // The engine's answer begins when the registry answers.
    const call = { what, signal, timeoutMs: answerWithinMs, atDeadline };
    const stream = await openStream(connection, call, (abortSignal) =>
      connection.docker.createImage({ ...from, authconfig, abortSignal }),
    );
    await followPull(readJsonLines(stream), { transfer, report });
  } catch (thrown) {
    throw toTransferError(thrown, transfer, toEngineError(thrown, { what, source: connection.source }));
  }
  // Some engines end without a success message, and a stream can end early without an error. So this check is necessary.
  if (!(await inspectImage(connection, reference))) throw endedEarly(transfer);
}

async function followPull(lines: AsyncIterable<unknown>, { transfer, report }: { transfer: Transfer; report: Report }) {
  const progress = reportLayers(report);
  let last: PullLine = {};
  try {
    for await (const value of lines) {
      last = value as PullLine;
      const error = last.error ?? last.errorDetail?.message;
      if (error !== undefined) throw transfer.toError(error.trim());
      progress.take(last);
    }
  } finally {
    progress.flush();
  }
  if (!isLastLine(last)) throw endedEarly(transfer);
}

/** Docker ends with `Status: Downloaded newer image for …`, Podman with the image's id. */
function isLastLine({ status = '', id }: PullLine): boolean {
  return /^Status: /.test(status) || (status === '' && id !== undefined) || /^Download complete/.test(status);
}
