import type { Engine } from '../../engine/engine.ts';
import { LABEL, ownedBy } from '../../protocol/labels.ts';
import type { ContainerPlan } from './container-plan.ts';

/** Removes the home volume after a failed start, if this start created it. */
export async function removeOwnHome(
  engine: Engine,
  { owner, start }: Pick<ContainerPlan, 'owner' | 'start'>,
): Promise<void> {
  for (const { name } of await engine.listVolumes([ownedBy(owner), `${LABEL.start}=${start}`]))
    await engine.removeVolume(name);
}
