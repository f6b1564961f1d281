import { once } from 'node:events';
import { createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { Mount } from '../../../src/engine/engine.ts';
import { ENGINES, type Scratch } from '../scratch.ts';
import { SLEEP, script } from '../scripts.ts';

const never = () => new AbortController().signal;
const BYE = script('trap "echo bye; exit 0" TERM; echo up; sleep 1000 & wait', async ({ print, terminated }) => {
  print('up\n');
  await terminated;
  print('bye\n');
  return 0;
});
const STUBBORN = script('trap "" TERM; echo up; while true; do sleep 1; done', ({ print }) => {
  print('up\n');
  return new Promise(() => {});
});
const EXIT_3 = script('exit 3', () => 3);
const WRITE = script('head -c 300000 /dev/zero > /tmp/written', ({ files }) => {
  files.write('/tmp/written', { content: Buffer.alloc(300_000) });
  return 0;
});
const CHANGE = script('touch /kept/a /tmp/b; mkdir /new; touch /new/c; rm /etc/passwd', ({ files }) => {
  for (const path of ['/kept/a', '/tmp/b', '/new/c']) files.write(path, { content: '' });
  files.write('/new', {});
  files.remove('/etc/passwd');
  return 0;
});
const CHANGE_VOLUME = script('mkdir /data/in; echo x > /data/in/a', ({ files }) => {
  files.write('/data/in', {});
  files.write('/data/in/a', { content: 'x\n' });
  return 0;
});

describe.each(ENGINES)('the life of a container ($name)', ({ open }) => {
  let scratch: Scratch;
  beforeAll(async () => {
    scratch = await open();
  }, 60_000);
  afterAll(() => scratch.clean());

  /** Waits until a container has printed this line. */
  async function printed(id: string, line: string): Promise<void> {
    const log = await scratch.engine.containerLogs(id, { follow: true, signal: AbortSignal.timeout(30_000) });
    for await (const chunk of log) if (String(chunk).includes(line)) break;
  }

  test('publishes the port on the address given', async () => {
    const id = await scratch.run(SLEEP);
    const { ports } = (await scratch.engine.inspectContainer(id)) ?? {};
    expect(ports?.[8888]).toMatchObject({ address: '127.0.0.1', port: expect.any(Number) });
  });

  test('fails with port-taken when another container has the port', async () => {
    const holder = await scratch.run(SLEEP);
    const port = (await scratch.engine.inspectContainer(holder))?.ports[8888]?.port ?? 0;
    const publish = { containerPort: 8888, address: '127.0.0.1', port };
    await expect(scratch.run(SLEEP, { publish })).rejects.toMatchObject({ code: 'port-taken' });
    await scratch.engine.stopContainer(holder, { graceMs: 1000 });
    await scratch.run(SLEEP, { publish });
  });

  test('fails with port-taken when a stranger has the port, and leaves the container as it was', async () => {
    const stranger = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => void stranger.close());
    await once(stranger, 'listening');
    const { port } = stranger.address() as { port: number };
    const spec = scratch.spec({ publish: { containerPort: 8888, address: '127.0.0.1', port } });
    const id = await scratch.engine.createContainer(spec);
    await expect(scratch.engine.startContainer(id)).rejects.toMatchObject({ code: 'port-taken' });
    expect(await scratch.engine.inspectContainer(id)).toMatchObject({ state: 'created' });
  });

  test('is listed by its labels, running or not', async () => {
    const id = await scratch.run(EXIT_3);
    await scratch.engine.waitForExit(id, { signal: never() });
    const listed = await scratch.engine.listContainers(['ezj-test', scratch.label]);
    expect(listed.find((container) => container.id === id)).toMatchObject({ state: 'exited', image: scratch.image });
    expect(await scratch.engine.listContainers([scratch.label, 'ezj-test=other'])).toEqual([]);
    expect(await scratch.engine.listContainers([scratch.label, 'ezj-none'])).toEqual([]);
    expect((await scratch.engine.inspectContainer(id))?.exitCode).toBe(3);
  });

  test('is listed with the size of what it wrote, only where sizes are asked for', async () => {
    const id = await scratch.run(WRITE);
    await scratch.engine.waitForExit(id, { signal: never() });
    const find = async (options?: { sizes: boolean }) =>
      (await scratch.engine.listContainers([scratch.label], options)).find((container) => container.id === id);
    expect(await find({ sizes: true })).toMatchObject({ bytes: 300_000 });
    expect(await find()).not.toHaveProperty('bytes');
  });

  test('starts again after its end, with what it wrote', async () => {
    const id = await scratch.run(WRITE);
    await scratch.engine.waitForExit(id, { signal: never() });
    await scratch.engine.startContainer(id);
    await scratch.engine.waitForExit(id, { signal: never() });
    expect((await scratch.engine.readFile(id, '/tmp/written'))?.length).toBe(300_000);
  });

  test('is started again without an error while it runs', async () => {
    const id = await scratch.run(SLEEP);
    await scratch.engine.startContainer(id);
    expect(await scratch.engine.inspectContainer(id)).toMatchObject({ state: 'running' });
  });

  test('ends with 127 where its command is not there', async () => {
    const id = await scratch.run(['/no/such/server']);
    expect(await scratch.output(id)).toContain('exec /no/such/server failed: No such file or directory');
    expect(await scratch.engine.inspectContainer(id)).toMatchObject({ exitCode: 127, outOfMemory: false });
  });

  test('stops on the stop signal, and stops again without an error', async () => {
    const id = await scratch.run(BYE);
    await printed(id, 'up');
    await scratch.engine.stopContainer(id, { graceMs: 5000 });
    expect(await scratch.output(id)).toBe('up\nbye\n');
    await scratch.engine.stopContainer(id, { graceMs: 5000 });
  });

  test('is killed when it ignores the stop signal', async () => {
    const id = await scratch.run(STUBBORN);
    // Before that line the trap is not set.
    await printed(id, 'up');
    await scratch.engine.stopContainer(id, { graceMs: 1 });
    expect((await scratch.engine.inspectContainer(id))?.exitCode).toBe(137);
  });

  test('is removed while it runs, and removed again without an error', async () => {
    const id = await scratch.run(SLEEP);
    await scratch.engine.removeContainer(id);
    expect(await scratch.engine.inspectContainer(id)).toBeUndefined();
    await scratch.engine.removeContainer(id);
    await scratch.engine.stopContainer(id, { graceMs: 1 });
    await scratch.engine.waitForExit(id, { signal: never() });
  });

  test('is not removed while it runs where force is off', async () => {
    const id = await scratch.run(SLEEP);
    await expect(scratch.engine.removeContainer(id, { force: false })).rejects.toMatchObject({ code: 'engine-failed' });
    expect(await scratch.engine.inspectContainer(id)).toMatchObject({ state: 'running' });
  });

  test('a start of one that is gone fails with engine-failed', async () => {
    const id = await scratch.engine.createContainer(scratch.spec());
    await scratch.engine.removeContainer(id);
    await expect(scratch.engine.startContainer(id)).rejects.toMatchObject({ code: 'engine-failed' });
    await expect(scratch.engine.changedPaths(id)).rejects.toMatchObject({ code: 'engine-failed' });
    await expect(scratch.engine.containerLogs(id, {})).rejects.toMatchObject({ code: 'engine-failed' });
  });

  test('a wait for its exit ends with cancelled when the caller gives up', async () => {
    const id = await scratch.run(SLEEP);
    const controller = new AbortController();
    const waiting = scratch.engine.waitForExit(id, { signal: controller.signal });
    controller.abort();
    await expect(waiting).rejects.toMatchObject({ code: 'cancelled' });
  });

  test('a wait for its exit ends when somebody removes it', async () => {
    const id = await scratch.run(SLEEP);
    const waiting = scratch.engine.waitForExit(id, { signal: never() });
    await scratch.engine.removeContainer(id);
    await waiting;
  });

  test('lists the paths that changed in its own layer, and none below a mount', async () => {
    const name = scratch.name();
    const mounts: Mount[] = [{ type: 'volume', name, target: '/kept', labels: scratch.spec().labels }];
    const id = await scratch.run(CHANGE, { mounts });
    await scratch.engine.waitForExit(id, { signal: never() });
    expect(await scratch.engine.changedPaths(id)).toEqual(['/new/c', '/tmp/b']);
    await scratch.engine.removeContainer(id);
    await scratch.engine.removeVolume(name);
  });

  test('counts what changed in the anonymous volumes of its image, which go with it', async () => {
    const image = `${scratch.image}-volumes`;
    await scratch.engine.importImage(scratch.rootfs(), {
      tag: image,
      changes: [`LABEL ${scratch.label}`, 'ENV PATH=/bin', 'VOLUME /start', 'VOLUME /bin', 'VOLUME /data'],
      signal: AbortSignal.timeout(60_000),
    });
    const id = await scratch.run(CHANGE_VOLUME, { image });
    await scratch.engine.waitForExit(id, { signal: never() });
    expect(await scratch.engine.changedPaths(id)).toEqual(['/data/']);
  });
});
