import net from 'node:net';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import type { ContainerSpec } from '../../../src/engine/engine.ts';
import { askNotebook, type MemoryWorld, NOTHING, openWorld } from '../../environment/memory-world.ts';

let world: MemoryWorld;
beforeEach(async () => {
  world = await openWorld();
});

/** Takes a port, for the time of the test or until the server is closed. */
async function occupy(port = 0): Promise<{ port: number; close(): Promise<void> }> {
  const server = net.createServer();
  await new Promise<void>((resolve, reject) => server.on('error', reject).listen(port, '127.0.0.1', () => resolve()));
  onTestFinished(() => void server.close());
  const close = () => new Promise<void>((resolve) => void server.close(() => resolve()));
  return { port: (server.address() as net.AddressInfo).port, close };
}

async function freePort(): Promise<number> {
  const { port, close } = await occupy();
  await close();
  return port;
}

/** Lets somebody else take the port that the next launch has chosen, just before its container starts. */
function loseNextPort(): Promise<number> {
  const { hold } = world.engine;
  const [create, start] = [hold('createContainer'), hold('startContainer')];
  return (async () => {
    const { publish } = (await create.reached) as ContainerSpec;
    create.letGo();
    await start.reached;
    const { port } = await occupy(publish?.port);
    start.letGo();
    return port;
  })();
}

test('a port that was asked for and is taken is refused, and nothing is left', async () => {
  const { port } = await occupy();
  await expect(world.start({ port })).rejects.toMatchObject({
    code: 'port-taken',
    exitCode: 6,
    message: `Port ${port} is in use.`,
    hint: expect.stringContaining('--port'),
  });
  expect(await world.resources()).toEqual(NOTHING);
});

test('a project whose port is taken gets another one, and its own again when that is free', async () => {
  const own = (await world.start()).session.port;
  await world.stop();
  const stranger = await occupy(own);
  const other = await world.start();
  expect(other.session.port).not.toBe(own);
  expect(await askNotebook(other.url)).toBe(200);
  await world.stop();
  await stranger.close();
  expect((await world.start()).session.port).toBe(own);
});

test('a port that somebody takes between choice and start is replaced by the next', async () => {
  const lost = loseNextPort();
  const { session, url } = await world.start();
  expect(session.port).not.toBe(await lost);
  expect(await askNotebook(url)).toBe(200);
  expect(await world.resources()).toMatchObject({ containers: [session.container] });
});

test('a port that was asked for and is lost between choice and start is refused, and nothing is left', async () => {
  const port = await freePort();
  const lost = loseNextPort();
  await expect(world.start({ port })).rejects.toMatchObject({
    code: 'port-taken',
    exitCode: 6,
    message: `Port ${port} is in use.`,
  });
  expect(await lost).toBe(port);
  expect(await world.resources()).toEqual(NOTHING);
  expect(world.context.reserved.ports).toEqual(new Set());
});

test('ten ports in a row that are lost end the start, and nothing is left', async () => {
  const specs: ContainerSpec[] = [];
  world.engine.before('createContainer', (spec) => void specs.push(spec as ContainerSpec));
  world.engine.before('startContainer', async () => void (await occupy(specs.at(-1)?.publish?.port)));
  await expect(world.start()).rejects.toMatchObject({
    code: 'port-taken',
    exitCode: 6,
    message: '10 ports in a row were taken before the session could use them.',
    hint: 'Choose one with --port.',
  });
  expect(new Set(specs.map(({ publish }) => publish?.port)).size).toBe(10);
  expect(await world.resources()).toEqual(NOTHING);
});

test('a home folder that was there before stays where a port is lost', async () => {
  await world.start();
  await world.stop();
  const { volumes } = await world.resources();
  expect(volumes).toHaveLength(1);
  const lost = loseNextPort();
  await world.start();
  await lost;
  expect((await world.resources()).volumes).toEqual(volumes);
});

test('two sessions do not get the same port, and a port that was asked for stays after a restart', async () => {
  const port = await freePort();
  const first = await world.start({ port });
  expect(first.session.port).toBe(port);
  const project = await world.folder('second');
  await expect(world.start({ port, project })).rejects.toMatchObject({
    code: 'port-taken',
    exitCode: 6,
    message: `Port ${port} belongs to your session project.`,
  });
  expect(await world.restart()).toMatchObject({ session: { port } });
});

test('a stopped session that is kept keeps its port from other sessions, and says who has taken it from it', async () => {
  const { session } = await world.start();
  world.engine.write(session.container, '/opt/precious', 'worth');
  await world.stop();
  const project = await world.folder('second');
  await expect(world.start({ port: session.port, project })).rejects.toMatchObject({
    message: `Port ${session.port} belongs to your session project.`,
  });
  await occupy(session.port);
  await expect(world.start()).rejects.toMatchObject({
    code: 'port-taken',
    exitCode: 6,
    message: `The stopped session project needs port ${session.port}, which is in use.`,
    hint: expect.stringContaining('ezj stop --discard project'),
  });
  expect(await world.resources()).toMatchObject({ containers: [session.container] });
});
