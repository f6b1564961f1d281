import type { ContainerDetails, Engine } from '../../engine/engine.ts';
import { removedMeanwhile } from '../readiness.ts';
import { checkSources, verifyMounts } from './mount-check.ts';

/**
 * Starts a container, and verifies that it has mounted what its bind mounts were before the start. Returns its details.
 * @throws `mount-missing` if a source is gone, or was replaced; then the container may run
 */
export async function startVerified(
  engine: Engine,
  id: string,
  binds: { source: string; target: string }[],
): Promise<ContainerDetails> {
  const checked = checkSources(binds);
  await engine.startContainer(id);
  const details = await engine.inspectContainer(id);
  if (details === undefined) throw removedMeanwhile();
  // A container that has ended has no mounts; the reason of its end is told elsewhere.
  if (details.state === 'running') await verifyMounts(engine, { ...details, binds }, checked);
  return details;
}
