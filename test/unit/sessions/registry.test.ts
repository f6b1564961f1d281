import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { sessionKey } from '../../../src/sessions/key.ts';
import { Registry } from '../../../src/sessions/registry.ts';
import { type MemoryWorld, openWorld } from '../../environment/memory-world.ts';

let world: MemoryWorld;
beforeEach(async () => {
  world = await openWorld();
});

/** The index of a daemon that has just started, how often it has lost the engine, and which keys it has told the use of. */
function openRegistry(): { registry: Registry; lost: () => number; used: string[] } {
  let lost = 0;
  const used: string[] = [];
  const { runtime } = world.context;
  const registry = new Registry({
    runtime,
    onLost: () => void lost++,
    onUse: (key) => used.push(key),
    onEnd: () => {},
  });
  onTestFinished(() => registry.close());
  return { registry, lost: () => lost, used };
}

const states = async (registry: Registry) => (await registry.list()).map(({ name, state }) => `${name} ${state}`);

test('sessions that are there already are known, with how they ended', async () => {
  await world.start();
  const { session } = await world.start({ project: await world.folder('ended') });
  await world.engine.kill(session.container);
  const { registry } = openRegistry();
  expect(await registry.list()).toMatchObject([
    { name: 'ended', state: 'stopped', exit: { code: 137, outOfMemory: false } },
    { name: 'project', state: 'running', exit: undefined },
  ]);
  expect(registry.runningCount).toBe(1);
});

test('what happens to containers is followed, without asking for all of them again', async () => {
  const { registry } = openRegistry();
  expect(await registry.list()).toEqual([]);
  let lists = 0;
  world.engine.before('listContainers', (labels) => {
    if ((labels as string[]).length === 2 && (labels as string[])[1] === 'ezj.session') lists++;
  });
  const { session } = await world.start();
  const { container } = session;
  await expect.poll(() => states(registry)).toEqual(['project running']);
  world.engine.pause(container);
  await expect.poll(() => states(registry)).toEqual(['project paused']);
  world.engine.unpause(container);
  await expect.poll(() => states(registry)).toEqual(['project running']);
  await world.engine.kill(container);
  await expect.poll(() => states(registry)).toEqual(['project stopped']);
  await world.engine.startContainer(container);
  await expect.poll(() => states(registry)).toEqual(['project running']);
  await world.engine.removeContainer(container);
  await expect.poll(() => states(registry)).toEqual([]);
  // The world's own registry asks once, at its first call.
  expect(lists).toBe(1);
});

test('a session that runs, begins or ends uses its home folder', async () => {
  const { session } = await world.start();
  const key = sessionKey(session, world.owner);
  const { registry, used } = openRegistry();
  await registry.list();
  expect(used).toEqual([key]);
  await world.engine.kill(session.container);
  await expect.poll(() => used).toEqual([key, key]);
  await world.engine.startContainer(session.container);
  await expect.poll(() => used).toEqual([key, key, key]);
});

test('sessions of another owner, and containers that are no session, are not known', async () => {
  const other = await openWorld({ engine: world.engine });
  const { session } = await other.start();
  const { registry } = openRegistry();
  expect(await registry.list()).toEqual([]);
  await other.engine.kill(session.container);
  await world.start({ project: await world.folder('own') });
  await expect.poll(() => states(registry)).toEqual(['own running']);
});

test('an engine that ends its stream of events is asked anew at the next call, and what happened meanwhile is seen', async () => {
  const { registry, lost } = openRegistry();
  const { session } = await world.start();
  await expect.poll(() => states(registry)).toEqual(['project running']);
  world.engine.cutEvents();
  await world.engine.removeContainer(session.container);
  await expect.poll(lost).toBe(1);
  expect(await registry.list()).toEqual([]);
  await world.start();
  await expect.poll(() => states(registry)).toEqual(['project running']);
});

test('a first list that fails is an error of that call only', async () => {
  const { registry, lost } = openRegistry();
  let fails = true;
  world.engine.before('listContainers', () => {
    if (fails) throw new Error('no list today');
  });
  await expect(registry.list()).rejects.toThrow('no list today');
  expect(lost()).toBe(1);
  fails = false;
  expect(await registry.list()).toEqual([]);
});

test('an event that comes before the first list is there is not lost, nor overwritten by it', async () => {
  const { session } = await world.start();
  const { registry } = openRegistry();
  const list = world.engine.hold('listContainers');
  const listing = registry.list();
  await list.reached;
  list.letGo();
  await world.engine.removeContainer(session.container);
  await listing;
  await expect.poll(() => states(registry)).toEqual([]);
});
