import type { Report } from '../protocol/events.ts';
import { abortable, type Connection } from './connection.ts';
import { openStream } from './engine-call.ts';
import { toEngineError } from './engine-errors.ts';
import { isPodman } from './engine-info.ts';
import { parseImageReference } from './image-reference.ts';
import { readJsonLines } from './json-lines.ts';
import { pushError } from './pull-errors.ts';
import type { PullOptions } from './pull-image.ts';
import { type PushLine, reportPush } from './push-progress.ts';
import { credentialsFor } from './registry-credentials.ts';
import { endedEarly, type Transfer, toTransferError } from './transfer-failure.ts';

/** Pushes with the credentials of the user's docker configuration, and returns the image's digest at the registry. */
export async function pushImage(
  connection: Connection,
  reference: string,
  { signal, user, report }: Pick<PullOptions, 'report' | 'signal' | 'user'>,
): Promise<string> {
  const image = parseImageReference(reference);
  const podman = await isPodman(connection);
  // The engine requires the credentials header even without credentials.
  const authconfig = (await credentialsFor(image.registry, { user, podman, report })) ?? {};
  const what = `push ${image.familiar}`;
  const transfer: Transfer = { verb: 'push', toError: (words, cause) => pushError(image, words, cause) };
  try {
    const call = { what, signal, timeoutMs: Number.POSITIVE_INFINITY };
    const target = connection.docker.getImage(`${image.registry}/${image.repository}`);
    const stream = await openStream(connection, call, (abortSignal) =>
      target.push(abortable(abortSignal, { tag: image.tag, authconfig })),
    );
    return await followPush(readJsonLines(stream), { transfer, report });
  } catch (thrown) {
    throw toTransferError(thrown, transfer, toEngineError(thrown, { what, source: connection.source }));
  }
}

async function followPush(
  lines: AsyncIterable<unknown>,
  { transfer, report }: { transfer: Transfer; report: Report },
): Promise<string> {
  const progress = reportPush(report);
  let digest: string | undefined;
  for await (const value of lines) {
    const line = value as PushLine;
    const error = line.error ?? line.errorDetail?.message;
    if (error !== undefined) throw transfer.toError(error.trim());
    digest = line.aux?.Digest ?? /digest: (sha256:[0-9a-f]{64})/.exec(line.status ?? '')?.[1] ?? digest;
    progress.take(line);
  }
  if (digest === undefined) throw endedEarly(transfer);
  return digest;
}
