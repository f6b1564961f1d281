import { BUILD_CONTAINER, isBuildingIn } from '../environments/build/run-step.ts';
import { isRunning, processIdentity } from '../host/processes.ts';
import { LABEL, ownedBy, sessionsOf } from '../protocol/labels.ts';
import type { SessionContext } from '../sessions/context.ts';

/**
 * Removes what a launch has left that was killed with its daemon, or that lost the engine in the middle: containers that
 * were created and never started, and the home volumes that came with them. A daemon that reaches the same engine by
 * another name may be launching at this moment: what a living process has created is left alone, and of this process's
 * own launches those that are `busy`.
 */
export async function removeHalfStarted({
  engine,
  owner,
  busy,
}: SessionContext & { busy: (key: string) => boolean }): Promise<void> {
  const containers = await engine.listContainers(sessionsOf(owner));
  const self = processIdentity(process.pid);
  const isLaunching = (daemon: string) => daemon !== self && isRunning(daemon);
  const left = containers.filter(
    ({ state, labels }) => state === 'created' && !isLaunching(labels[LABEL.daemon] ?? ''),
  );
  await removeHalfBuilt({ engine, owner }, isLaunching);
  for (const container of left) {
    const key = container.labels[LABEL.key] ?? '';
    if (busy(key)) continue;
    const homes = await engine.listVolumes([`${LABEL.key}=${key}`]);
    await engine.removeContainer(container.id);
    // A volume's time has seconds only.
    const createdSecond = Math.floor(Date.parse(container.created) / 1000) * 1000;
    const madeWithIt = homes.filter(({ created }) => Date.parse(created) >= createdSecond);
    for (const { name } of madeWithIt) await engine.removeVolume(name);
  }
}

/** Containers of builds whose daemon has ended. By name, for images and what runs on them inherit the labels. */
async function removeHalfBuilt(
  { engine, owner }: SessionContext,
  isBuilding: (daemon: string) => boolean,
): Promise<void> {
  const containers = await engine.listContainers([ownedBy(owner), LABEL.environment]);
  for (const { id, name, labels } of containers) {
    if (!name.startsWith(BUILD_CONTAINER) || isBuildingIn(name) || isBuilding(labels[LABEL.daemon] ?? '')) continue;
    await engine.removeContainer(id);
  }
}
