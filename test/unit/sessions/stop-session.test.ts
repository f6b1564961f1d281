import { beforeEach, expect, test } from 'vitest';
import { type MemoryWorld, openWorld } from '../../environment/memory-world.ts';

let world: MemoryWorld;
beforeEach(async () => {
  world = await openWorld();
});

test('stop removes the container and keeps the home folder', async () => {
  const { session } = await world.start();
  const { volumes } = await world.resources();
  expect(volumes).toHaveLength(1);
  expect(await world.stop()).toEqual({ session: 'project', outside: [], discarded: undefined });
  expect(await world.engine.inspectContainer(session.container)).toBeUndefined();
  expect(await world.resources()).toMatchObject({ containers: [], volumes });
  expect(await world.list()).toEqual([]);
});

test('files in the home folder, the project and where the system writes by itself keep no container', async () => {
  const { session } = await world.start();
  for (const path of ['/tmp/x', '/var/log/x', '/home/ezj/x', '/work/project/x', '/usr/pip.conf'])
    world.engine.write(session.container, path, 'x');
  expect(await world.stop()).toMatchObject({ outside: [] });
  expect((await world.resources()).containers).toEqual([]);
});

test('files outside the project and the home folder keep the container, and a start brings them back', async () => {
  const { session, url } = await world.start();
  world.engine.write(session.container, '/opt/precious', 'worth');
  world.engine.write(session.container, '/tmp/worthless', '');
  expect(await world.stop()).toMatchObject({ session: 'project', outside: ['/opt/precious'] });
  expect(await world.list()).toMatchObject([{ state: 'stopped', container: session.container }]);
  const again = await world.start();
  expect(again).toMatchObject({ reused: false, url, session: { container: session.container } });
  expect(world.events).toContainEqual({ type: 'step', text: expect.stringMatching(/^Starting project again, with/) });
  expect(String(await world.engine.readFile(session.container, '/opt/precious'))).toBe('worth');
});

test('a stop that discards removes the container and says how many files went with it', async () => {
  const { session } = await world.start();
  world.engine.write(session.container, '/opt/precious', 'worth');
  expect(await world.stop('project', { discard: true })).toEqual({ session: 'project', outside: [], discarded: 1 });
  expect((await world.resources()).containers).toEqual([]);
});

test('a stop that discards removes what an earlier stop has kept', async () => {
  const { session } = await world.start();
  world.engine.write(session.container, '/opt/precious', 'worth');
  await world.stop();
  expect(await world.stop('project', { discard: true })).toMatchObject({ discarded: 1 });
  expect(await world.list()).toEqual([]);
});

test('a session has its time to end, and none where the stop is to be at once', async () => {
  const image = world.image(() => new Promise(() => {}));
  const starting = world.start({ image }).catch(() => undefined);
  const created = world.engine.hold('waitForExit');
  await created.reached;
  created.letGo();
  await expect.poll(() => world.list()).toMatchObject([{ state: 'running' }]);
  // Ten seconds otherwise.
  await world.stop('project', { force: true });
  await starting;
  expect((await world.resources()).containers).toEqual([]);
});

test('a container that is removed during its stop is stopped', async () => {
  const { session } = await world.start();
  world.engine.write(session.container, '/opt/precious', 'worth');
  const comparing = world.engine.hold('changedPaths');
  const stopping = world.stop();
  await comparing.reached;
  await world.engine.removeContainer(session.container);
  comparing.letGo();
  expect(await stopping).toMatchObject({ session: 'project', outside: [] });
  expect(await world.list()).toEqual([]);
});

test('a container in which nothing was seen to change is not compared with its image', async () => {
  await world.start();
  world.engine.before('changedPaths', () => {
    throw new Error('it was compared');
  });
  expect(await world.stop()).toMatchObject({ outside: [] });
});

test('what a container holds is not given up where it cannot be told', async () => {
  const { session } = await world.start();
  world.engine.write(session.container, '/opt/precious', 'worth');
  world.engine.before('changedPaths', () => {
    throw new Error('the disk cannot be read');
  });
  await expect(world.stop()).rejects.toThrow('the disk cannot be read');
  expect((await world.resources()).containers).toEqual([session.container]);
});

test('two stops of a session at the same moment are one', async () => {
  await world.start();
  let stops = 0;
  world.engine.before('stopContainer', () => void stops++);
  const reports = await Promise.all([world.stop(), world.stop()]);
  expect(reports[0]).toEqual(reports[1]);
  expect(stops).toBe(1);
});

test('a start during a stop waits for it, and makes a new session', async () => {
  const { session } = await world.start();
  const stop = world.engine.hold('stopContainer');
  const stopping = world.stop();
  await stop.reached;
  const starting = world.start();
  stop.letGo();
  await stopping;
  const again = await starting;
  expect(again.reused).toBe(false);
  expect(again.session.container).not.toBe(session.container);
});

test('a session that is not there is named, with those that there are', async () => {
  await expect(world.stop('nowhere')).rejects.toMatchObject({
    code: 'session-not-found',
    hint: expect.stringContaining('ezj'),
  });
  await world.start();
  await expect(world.stop('nowhere')).rejects.toMatchObject({ code: 'session-not-found', hint: 'Sessions: project' });
});
