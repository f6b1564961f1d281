import { beforeEach, expect, test } from 'vitest';
import { askNotebook, type MemoryWorld, openWorld } from '../../environment/memory-world.ts';

const MANY = 20;

let world: MemoryWorld;
beforeEach(async () => {
  world = await openWorld();
});

test('twenty starts at the same moment in twenty folders give twenty sessions', async () => {
  const folders = await Promise.all(Array.from({ length: MANY }, (_, n) => world.folder(`p${n}/work`)));
  const started = await Promise.all(folders.map((project) => world.start({ project })));
  for (const part of ['name', 'port', 'container'] as const) {
    expect(new Set(started.map(({ session }) => session[part])).size).toBe(MANY);
  }
  expect(await Promise.all(started.map(({ url }) => askNotebook(url)))).toEqual(Array(MANY).fill(200));
  const sessions = await world.list();
  expect(sessions.map(({ project }) => project).sort()).toEqual([...folders].sort());
  await Promise.all(sessions.map(({ name }) => world.stop(name)));
  expect((await world.resources()).containers).toEqual([]);
});

test('twenty starts at the same moment in one folder give one session, and twenty times its URL', async () => {
  const started = await Promise.all(Array.from({ length: MANY }, () => world.start()));
  expect(new Set(started.map(({ url }) => url)).size).toBe(1);
  expect((await world.resources()).containers).toEqual([started[0]?.session.container]);
});

test('a start that one of two callers gives up goes on for the other', async () => {
  const controller = new AbortController();
  const call = world.engine.hold('startContainer');
  const [givenUp, waited] = [world.start({}, { signal: controller.signal }), world.start()];
  await call.reached;
  controller.abort();
  call.letGo();
  expect((await waited).session.state).toBe('running');
  await givenUp.catch(() => undefined);
  expect((await world.resources()).containers).toHaveLength(1);
});

test('starts and stops of one session at the same moment end with one session or none, and leave nothing half done', async () => {
  await world.start();
  const calls = Array.from({ length: MANY }, (_, n) => (n % 2 === 0 ? world.start() : world.stop()));
  await Promise.allSettled(calls);
  const { containers } = await world.resources();
  expect((await world.list()).map(({ container }) => container)).toEqual(containers);
  expect(containers.length).toBeLessThanOrEqual(1);
  expect(await askNotebook((await world.start()).url)).toBe(200);
});
