import type { Container, Engine } from '../../engine/engine.ts';
import { sessionsOf } from '../../protocol/labels.ts';
import { isSealed } from './seal.ts';

/** The containers of an owner's sessions. A container that only has their labels is none. With `sizes`, see the engine. */
export async function listSessionContainers(
  engine: Engine,
  owner: string,
  options?: { sizes?: boolean },
): Promise<Container[]> {
  const [containers, id] = await Promise.all([engine.listContainers(sessionsOf(owner), options), engineId(engine)]);
  return containers.filter((container) => isSealed(container, id));
}

const ids = new WeakMap<Engine, Promise<string>>();

/** The ID of an engine. Asks once. */
export function engineId(engine: Engine): Promise<string> {
  const known = ids.get(engine) ?? engine.info().then(({ id }) => id);
  ids.set(engine, known);
  known.catch(() => ids.delete(engine));
  return known;
}
