import type { Container } from '../engine/engine.ts';
import { LABEL, ownedBy } from '../protocol/labels.ts';
import type { SessionContext } from './context.ts';

/** Finds the running or stopped container of a session by its key. Asks the engine, not the registry. */
export async function findContainer({ engine, owner }: SessionContext, key: string): Promise<Container | undefined> {
  const containers = await engine.listContainers([ownedBy(owner), `${LABEL.key}=${key}`]);
  return containers.find(({ state }) => state === 'running') ?? containers[0];
}
