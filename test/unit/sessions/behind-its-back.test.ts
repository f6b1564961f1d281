import { rm } from 'node:fs/promises';
import { beforeEach, expect, test } from 'vitest';
import { waitForEnd } from '../../../src/sessions/stop-session.ts';
import { askNotebook, type MemoryWorld, NOTEBOOK, NOTHING, openWorld } from '../../environment/memory-world.ts';

let world: MemoryWorld;
beforeEach(async () => {
  world = await openWorld();
});

const never = () => new AbortController().signal;

test('a container that was removed by hand is no session any more, and a start makes a new one', async () => {
  const { session } = await world.start();
  const ended = waitForEnd(session, world.context, never());
  await world.engine.removeContainer(session.container);
  expect(await ended).toEqual({ exitCode: 0, outOfMemory: false });
  await expect.poll(() => world.list()).toEqual([]);
  await expect(world.stop()).rejects.toMatchObject({ code: 'session-not-found' });
  const again = await world.start();
  expect(again.reused).toBe(false);
  expect(await askNotebook(again.url)).toBe(200);
});

test('a container that was killed by hand is a stopped session, and a start makes a new one at the same port', async () => {
  const { session } = await world.start();
  const ended = waitForEnd(session, world.context, never());
  await world.engine.kill(session.container);
  expect(await ended).toEqual({ exitCode: 137, outOfMemory: false });
  await expect
    .poll(() => world.list())
    .toMatchObject([{ name: 'project', state: 'stopped', exit: { code: 137, outOfMemory: false } }]);
  const again = await world.start();
  expect(again).toMatchObject({ reused: false, session: { port: session.port } });
  expect(again.session.container).not.toBe(session.container);
  expect(await world.list()).toMatchObject([{ state: 'running', port: session.port }]);
});

test('restart starts a stopped session with what it was started with', async () => {
  const { session } = await world.start({ env: { KEPT: 'yes' } });
  await world.engine.stopContainer(session.container, { graceMs: 1000 });
  const { url, session: again } = await world.restart();
  expect(await askNotebook(url)).toBe(200);
  expect(again.container).toBe(session.container);
  expect((await world.engine.inspectContainer(session.container))?.env.KEPT).toBe('yes');
});

test('restart keeps token, port and the files outside', async () => {
  const { session, url } = await world.start();
  world.engine.write(session.container, '/opt/precious', 'worth');
  const again = await world.restart();
  expect(again).toMatchObject({ url, reused: false, session: { container: session.container } });
  expect(String(await world.engine.readFile(session.container, '/opt/precious'))).toBe('worth');
});

test('a session whose container is paused is neither lost nor started twice', async () => {
  const { session } = await world.start();
  world.engine.pause(session.container);
  await expect(world.start()).rejects.toMatchObject({
    code: 'session-not-ready',
    message: 'project is paused',
    hint: expect.stringMatching(/^To resume it: docker unpause ezj-\S+;/),
  });
  expect(await world.list()).toMatchObject([{ state: 'paused', container: session.container }]);
  expect(await world.resources()).toMatchObject({ containers: [session.container] });
  world.engine.unpause(session.container);
  expect((await world.start()).reused).toBe(true);
});

test('a running session is given again, with what differs from what is asked for', async () => {
  const { session, url } = await world.start();
  const again = await world.start({ port: session.port + 1, name: 'other', env: { NEW: '1' } });
  expect(again).toMatchObject({ url, reused: true, changedFiles: 0 });
  expect(again.differences).toEqual([
    `--port ${session.port + 1} (it has ${session.port})`,
    '--name other (it has project)',
    '--env NEW',
  ]);
  world.engine.write(session.container, '/opt/precious', 'worth');
  expect(await world.start({ port: session.port + 1 })).toMatchObject({ reused: true, changedFiles: 1 });
});

test('a session that differs is made anew after a stop, and after a stop that discards where it holds files', async () => {
  const { session } = await world.start();
  const port = session.port + 1;
  world.engine.write(session.container, '/opt/precious', 'worth');
  await world.stop();
  const kept = await world.start({ port });
  expect(kept).toMatchObject({ reused: false, changedFiles: 1, session: { container: session.container } });
  expect(kept.differences).toEqual([`--port ${port} (it has ${session.port})`]);
  await world.stop('project', { discard: true });
  expect(await world.start({ port })).toMatchObject({ session: { port }, differences: [] });
});

test('the folder of a session that is gone can still be stopped by its name', async () => {
  const project = await world.folder('vanishing');
  await world.start({ project });
  await rm(project, { recursive: true });
  expect(await world.stop('vanishing')).toMatchObject({ session: 'vanishing', outside: [] });
  expect(await world.list()).toEqual([]);
});

test('stop and prune touch nothing that ezj did not make for this user', async () => {
  const create = async (name: string, labels: Record<string, string>) => {
    const spec = { image: NOTEBOOK, env: {}, mounts: [], capabilities: [], init: true, noNewPrivileges: true };
    const limits = { selinuxDisabled: false, pidsLimit: 10, shmBytes: 1 };
    return world.engine.createContainer({ ...spec, ...limits, name, labels });
  };
  const beside = [
    await create('ezj-project-0badcafe', {}),
    await create('ezj-other-0badcafe', { 'ezj.owner': 'somebody-else', 'ezj.session': 'project' }),
  ];
  await world.engine.startContainer(beside[0] ?? '');
  world.engine.addVolume({ name: 'ezj-home-project-0badcafe', labels: {} });
  await world.start();
  expect(await world.list()).toHaveLength(1);
  await world.stop();
  const { items } = await world.prune({ volumes: true, remove: true, olderThanMs: 0 });
  expect(items.map(({ type, name }) => ({ type, name }))).toEqual([
    { type: 'volume', name: expect.stringMatching(/^ezj-home-project-/) },
  ]);
  expect(await world.resources()).toEqual(NOTHING);
  expect((await world.engine.listContainers([])).map(({ id }) => id)).toEqual(beside);
  expect((await world.engine.listVolumes([])).map(({ name }) => name)).toEqual(['ezj-home-project-0badcafe']);
});
