import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Mount } from '../../../src/engine/engine.ts';
import { openScratch, type Scratch } from './scratch.ts';

let scratch: Scratch;
beforeAll(async () => {
  scratch = await openScratch();
}, 60_000);
afterAll(() => scratch.clean());

const never = () => new AbortController().signal;

async function output(id: string): Promise<string> {
  await scratch.engine.waitForExit(id, { signal: AbortSignal.timeout(20_000) });
  return text(await scratch.engine.containerLogs(id, {}));
}

describe('createContainer', () => {
  test('keeps the labels, the environment and the name', async () => {
    const spec = scratch.spec({ env: { GREETING: 'à = b' } });
    const id = await scratch.engine.createContainer(spec);
    const found = await scratch.engine.inspectContainer(id);
    expect(found).toMatchObject({ id, name: spec.name, image: scratch.image, state: 'created', labels: spec.labels });
    expect(found?.env.GREETING).toBe('à = b');
  });

  test('mounts a folder whose path has a colon and spaces', async () => {
    const source = await scratch.folder();
    await writeFile(join(source, 'a.txt'), 'from the host');
    const target = '/with: colon and space';
    const mounts: Mount[] = [{ type: 'bind', source, target, readOnly: false }];
    const id = await scratch.run(`cat "${target}/a.txt"`, { mounts });
    expect(await output(id)).toBe('from the host');
  });

  test('refuses to write where the mount is read-only', async () => {
    const source = await scratch.folder();
    const mounts: Mount[] = [{ type: 'bind', source, target: '/p', readOnly: true }];
    expect(await output(await scratch.run('touch /p/x', { mounts }))).toContain('Read-only file system');
  });

  test('fails with mount-missing when the folder is not there', async () => {
    const mounts: Mount[] = [{ type: 'bind', source: '/nowhere/at/all', target: '/p', readOnly: false }];
    await expect(scratch.engine.createContainer(scratch.spec({ mounts }))).rejects.toMatchObject({
      code: 'mount-missing',
      message: expect.stringContaining('/nowhere/at/all'),
    });
  });

  test('fails with image-not-found when there is no such image', async () => {
    const spec = scratch.spec({ image: 'ezj-test-missing:1' });
    await expect(scratch.engine.createContainer(spec)).rejects.toMatchObject({ code: 'image-not-found' });
  });

  test('fails with name-taken when the name is in use', async () => {
    const spec = scratch.spec();
    await scratch.engine.createContainer(spec);
    await expect(scratch.engine.createContainer(spec)).rejects.toMatchObject({ code: 'name-taken' });
  });

  test('fails with usage when it asks for more processors than there are', async () => {
    const { cpus } = await scratch.engine.info();
    await expect(scratch.engine.createContainer(scratch.spec({ cpus: cpus + 0.5 }))).rejects.toMatchObject({
      code: 'usage',
      message: `--cpus "${cpus + 0.5}" is not accepted: at most ${cpus}, as many processors as the engine has`,
    });
    await scratch.engine.createContainer(scratch.spec({ cpus }));
  });

  test('drops every capability but those named, and forbids new ones', async () => {
    const id = await scratch.run('cat /proc/self/status', { capabilities: ['CHOWN'] });
    const status = await output(id);
    expect(status).toMatch(/CapEff:\s+0000000000000001\n/);
    expect(status).toMatch(/CapBnd:\s+0000000000000001\n/);
    expect(status).toMatch(/NoNewPrivs:\s+1\n/);
  });

  test('sets user, groups, host name, work folder and shared memory', async () => {
    const changes = { user: '1234:1235', groups: ['1236'], hostname: 'here', workdir: '/tmp', shmBytes: 3 << 20 };
    const script = 'id -u; id -G; cat /etc/hostname; echo $PWD; stat -f -c "%S %b" /dev/shm';
    expect(await output(await scratch.run(script, changes))).toBe('1234\n1235 1236\nhere\n/tmp\n4096 768\n');
  });

  test('limits memory, processes and the log', async () => {
    const id = await scratch.engine.createContainer(scratch.spec({ memoryBytes: 64 << 20, cpus: 0.5 }));
    const { default: Docker } = await import('dockerode');
    const info = await new Docker({ socketPath: scratch.host.slice('unix://'.length) }).getContainer(id).inspect();
    expect(info.HostConfig).toMatchObject({ Memory: 64 << 20, NanoCpus: 5e8, PidsLimit: 100, Init: true });
    expect(info.HostConfig.LogConfig?.Config).toEqual({ 'max-size': '10m', 'max-file': '2' });
  });
});

describe('the life of a container', () => {
  test('publishes the port on the address given', async () => {
    const id = await scratch.run('sleep 1000');
    const { ports } = (await scratch.engine.inspectContainer(id)) ?? {};
    expect(ports?.[8888]).toMatchObject({ address: '127.0.0.1', port: expect.any(Number) });
  });

  test('fails with port-taken when the port is in use', async () => {
    const holder = await scratch.run('sleep 1000');
    const port = (await scratch.engine.inspectContainer(holder))?.ports[8888]?.port ?? 0;
    const publish = { containerPort: 8888, address: '127.0.0.1', port };
    await expect(scratch.run('true', { publish })).rejects.toMatchObject({ code: 'port-taken' });
  });

  test('is listed by its labels, running or not', async () => {
    const id = await scratch.run('exit 3');
    await scratch.engine.waitForExit(id, { signal: never() });
    const listed = await scratch.engine.listContainers(['ezj-test', scratch.label]);
    expect(listed.find((container) => container.id === id)).toMatchObject({ state: 'exited', image: scratch.image });
    expect(await scratch.engine.listContainers([scratch.label, 'ezj-test=other'])).toEqual([]);
    expect((await scratch.engine.inspectContainer(id))?.exitCode).toBe(3);
  });

  test('is listed with the size of what it wrote, only where sizes are asked for', async () => {
    const id = await scratch.run('head -c 300000 /dev/zero > /tmp/written');
    await scratch.engine.waitForExit(id, { signal: never() });
    const find = async (options?: { sizes: boolean }) =>
      (await scratch.engine.listContainers([scratch.label], options)).find((container) => container.id === id);
    expect(await find({ sizes: true })).toMatchObject({ bytes: 300_000 });
    expect(await find()).not.toHaveProperty('bytes');
  });

  test('stops on the stop signal, and stops again without an error', async () => {
    const id = await scratch.run('trap "echo bye; exit 0" TERM; sleep 1000 & wait');
    await scratch.engine.stopContainer(id, { graceMs: 5000 });
    expect(await output(id)).toBe('bye\n');
    await scratch.engine.stopContainer(id, { graceMs: 5000 });
  });

  test('is killed when it ignores the stop signal', async () => {
    const id = await scratch.run('trap "" TERM; echo up; while true; do sleep 1; done');
    // Before that line the trap is not set.
    const log = await scratch.engine.containerLogs(id, { follow: true, signal: AbortSignal.timeout(30_000) });
    for await (const chunk of log) if (String(chunk).includes('up')) break;
    await scratch.engine.stopContainer(id, { graceMs: 1 });
    expect((await scratch.engine.inspectContainer(id))?.exitCode).toBe(137);
  });

  test('is removed while it runs, and removed again without an error', async () => {
    const id = await scratch.run('sleep 1000');
    await scratch.engine.removeContainer(id);
    expect(await scratch.engine.inspectContainer(id)).toBeUndefined();
    await scratch.engine.removeContainer(id);
    await scratch.engine.stopContainer(id, { graceMs: 1 });
    await scratch.engine.waitForExit(id, { signal: never() });
  });

  test('is not removed while it runs where force is off', async () => {
    const id = await scratch.run('sleep 1000');
    await expect(scratch.engine.removeContainer(id, { force: false })).rejects.toMatchObject({ code: 'engine-failed' });
    expect(await scratch.engine.inspectContainer(id)).toMatchObject({ state: 'running' });
  });

  test('a wait for its exit ends with cancelled when the caller gives up', async () => {
    const id = await scratch.run('sleep 1000');
    const controller = new AbortController();
    const waiting = scratch.engine.waitForExit(id, { signal: controller.signal });
    controller.abort();
    await expect(waiting).rejects.toMatchObject({ code: 'cancelled' });
  });

  test('lists the paths that changed in its own layer, and none below a mount', async () => {
    const name = scratch.name();
    const mounts: Mount[] = [{ type: 'volume', name, target: '/kept', labels: scratch.spec().labels }];
    const id = await scratch.run('touch /kept/a /tmp/b; mkdir /new; touch /new/c; rm /etc/passwd', { mounts });
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
    const id = await scratch.run('mkdir /data/in; echo x > /data/in/a', { image });
    await scratch.engine.waitForExit(id, { signal: never() });
    expect(await scratch.engine.changedPaths(id)).toEqual(['/data/']);
  });
});
