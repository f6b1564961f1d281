import type { BuildProgress } from './build-output.ts';
import type { Connection } from './connection.ts';
import { removeContainer } from './containers.ts';
import { callUnlessAbsent } from './engine-call.ts';
import { inspectImage } from './images.ts';

/**
 * Removes what a build that failed or was cancelled has left: the container of its last instruction, which the engine ends
 * only some time after it noticed that nobody listens, then the layers that this very build made, the newest first.
 *
 * Those layers would be cache for the next attempt. They go nevertheless: they are images without a name, gigabytes of them
 * for a notebook, and nothing would ever tell them from the user's own. Layers that an earlier build made stay, because this
 * build only took them from the cache, and `noprune` keeps the engine from removing parents along with a child; a layer that
 * got a name, or that another build has already built upon, stays as well.
 */
export async function removeLeftovers(connection: Connection, progress: BuildProgress): Promise<void> {
  for (const id of progress.madeContainers()) await removeContainer(connection, id);
  for (const id of progress.madeImages().reverse()) await removeUnnamed(connection, id);
}

async function removeUnnamed(connection: Connection, id: string): Promise<void> {
  const image = await inspectImage(connection, id);
  if (!image || image.tags.length > 0) return;
  // 409: other images stand on it.
  const call = { what: `remove the image ${id}`, timeoutMs: 300_000, absent: [404, 409] };
  await callUnlessAbsent(connection, call, (abortSignal) =>
    connection.docker.getImage(id).remove({ noprune: true, abortSignal }),
  );
}
