import type { BuildProgress } from './build-output.ts';
import type { Connection } from './connection.ts';
import { removeContainer } from './containers.ts';
import { callUnlessAbsent } from './engine-call.ts';
import { inspectImage } from './images.ts';

/**
 * Removes the leftovers of a failed or cancelled build: the container of its last instruction, which the engine ends
 * some time after the connection closes, then the layers that this build created, the newest first.
 *
 * The layers could serve the next attempt as a cache. But they are images without a name, gigabytes of them
 * for a notebook, and nothing tells them apart from the user's images. Layers of an earlier build stay, because this
 * build took them from the cache, and `noprune` stops the engine from removing parents along with a child. A layer that
 * has a name, or that another build already uses, also stays.
 */
export async function removeLeftovers(connection: Connection, progress: BuildProgress): Promise<void> {
  for (const id of progress.madeContainers()) await removeContainer(connection, id);
  for (const id of progress.madeImages().reverse()) await removeUnnamed(connection, id);
}

async function removeUnnamed(connection: Connection, id: string): Promise<void> {
  const image = await inspectImage(connection, id);
  if (!image || image.tags.length > 0) return;
  // 409: other images are built on it.
  const call = { what: `remove the image ${id}`, timeoutMs: 300_000, absent: [404, 409] };
  await callUnlessAbsent(connection, call, (abortSignal) =>
    connection.docker.getImage(id).remove({ noprune: true, abortSignal }),
  );
}
