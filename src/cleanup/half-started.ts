import type { Engine } from '../engine/engine.ts';
import { BUILD_CONTAINER, isBuildingIn } from '../environments/build/run-step.ts';
import { isRunning, processIdentity } from '../host/processes.ts';
import { LABEL, ownedBy } from '../protocol/labels.ts';
import { listSessionContainers } from '../sessions/docker/own-containers.ts';

interface OwnedEngine {
  engine: Engine;
  owner: string;
}

/**
 * Removes leftovers of launches that were killed with their daemon or that lost the engine: containers that were
 * created but never started, and their home volumes. Skips containers of processes that still run, because another
 * daemon may use the same engine under another address. Skips launches of this process that are `busy`.
 */
export async function removeHalfStarted({
  engine,
  owner,
  busy,
}: OwnedEngine & { busy: (key: string) => boolean }): Promise<void> {
  const containers = await listSessionContainers(engine, owner);
  const self = processIdentity(process.pid);
  const isLaunching = (daemon: string) => daemon !== self && isRunning(daemon);
  const left = containers.filter(
    ({ state, labels }) => state === 'created' && !isLaunching(labels[LABEL.daemon] ?? ''),
  );
  await removeHalfBuilt({ engine, owner }, isLaunching);
  for (const container of left) {
    const key = container.labels[LABEL.key] ?? '';
    if (busy(key)) continue;
    const homes = await engine.listVolumes([ownedBy(owner), `${LABEL.key}=${key}`]);
    await engine.removeContainer(container.id);
    // The engine gives the creation time of a volume in whole seconds.
    const createdSecond = Math.floor(Date.parse(container.created) / 1000) * 1000;
    const madeWithIt = homes.filter(({ created }) => Date.parse(created) >= createdSecond);
    for (const { name } of madeWithIt) await engine.removeVolume(name);
  }
}

/**
 * Removes containers of builds whose daemon has ended. Selects them by name, because images and the containers that run
 * on them inherit the labels.
 */
async function removeHalfBuilt({ engine, owner }: OwnedEngine, isBuilding: (daemon: string) => boolean): Promise<void> {
  const containers = await engine.listContainers([ownedBy(owner), LABEL.environment]);
  for (const { id, name, labels } of containers) {
    if (!name.startsWith(BUILD_CONTAINER) || isBuildingIn(name) || isBuilding(labels[LABEL.daemon] ?? '')) continue;
    await engine.removeContainer(id);
  }
}
