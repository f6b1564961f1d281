import { expect, test } from 'vitest';
import { EzjError } from '../../../src/protocol/errors.ts';
import { askNotebook, openWorld } from '../../environment/memory-world.ts';

const networkOf = async (world: Awaited<ReturnType<typeof openWorld>>) => {
  const joined: unknown[] = [];
  world.engine.before('createContainer', (spec) => void joined.push((spec as { network?: string }).network));
  return joined;
};

test('a session joins the network on which containers cannot reach each other, which is made once', async () => {
  const world = await openWorld();
  const joined = await networkOf(world);
  let made = 0;
  world.engine.before('ensureSeparatingNetwork', () => void made++);
  await world.start();
  await world.start({ project: await world.folder('other') });
  expect({ joined, made }).toEqual({ joined: ['ezj-sessions', 'ezj-sessions'], made: 1 });
});

test('a network that was removed meanwhile is made again', async () => {
  const world = await openWorld();
  await world.start();
  await world.stop();
  world.engine.dropNetworks();
  const { url } = await world.start();
  expect(await askNotebook(url)).toBe(200);
});

test('a kept session starts again after its network was removed', async () => {
  const world = await openWorld();
  const { session } = await world.start();
  world.engine.write(session.container, '/opt/precious', 'worth');
  await world.stop();
  world.engine.dropNetworks();
  const again = await world.start();
  expect(again.session.container).toBe(session.container);
  expect(await askNotebook(again.url)).toBe(200);
});

test('where the engine cannot separate containers, a session starts, and the user is told', async () => {
  const world = await openWorld();
  const joined = await networkOf(world);
  world.engine.before('ensureSeparatingNetwork', () => {
    throw new EzjError({ code: 'engine-failed', message: 'cannot restrict inter-container communication' });
  });
  await world.start();
  expect(joined).toEqual([undefined]);
  expect(world.events).toContainEqual({
    type: 'warning',
    text: expect.stringMatching(/can reach each other over the network: cannot restrict/),
  });
});

test('prune removes the network if no container has it, and only where it removes', async () => {
  const world = await openWorld();
  const asked: unknown[] = [];
  world.engine.before('removeUnusedNetwork', (name) => void asked.push(name));
  await world.prune();
  expect(asked).toEqual([]);
  await world.prune({ remove: true });
  expect(asked).toEqual(['ezj-sessions']);
});
