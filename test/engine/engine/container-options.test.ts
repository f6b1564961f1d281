import Docker from 'dockerode';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openScratch, type Scratch } from '../scratch.ts';

// What only a kernel can show. All else that a container is asked for: test/engine/contract.
let scratch: Scratch;
beforeAll(async () => {
  scratch = await openScratch();
}, 60_000);
afterAll(() => scratch.clean());

test('drops every capability but those named, and forbids new ones', async () => {
  const id = await scratch.run('cat /proc/self/status', { capabilities: ['CHOWN'] });
  const status = await scratch.output(id);
  expect(status).toMatch(/CapEff:\s+0000000000000001\n/);
  expect(status).toMatch(/CapBnd:\s+0000000000000001\n/);
  expect(status).toMatch(/NoNewPrivs:\s+1\n/);
});

test('sets user, groups, host name, work folder and shared memory', async () => {
  const changes = { user: '1234:1235', groups: ['1236'], hostname: 'here', workdir: '/tmp', shmBytes: 3 << 20 };
  const script = 'id -u; id -G; cat /etc/hostname; echo $PWD; stat -f -c "%S %b" /dev/shm';
  expect(await scratch.output(await scratch.run(script, changes))).toBe('1234\n1235 1236\nhere\n/tmp\n4096 768\n');
});

test('limits memory, processes and the log', async () => {
  const id = await scratch.engine.createContainer(scratch.spec({ memoryBytes: 64 << 20, cpus: 0.5 }));
  const info = await new Docker({ socketPath: scratch.host.slice('unix://'.length) }).getContainer(id).inspect();
  expect(info.HostConfig).toMatchObject({ Memory: 64 << 20, NanoCpus: 5e8, PidsLimit: 100, Init: true });
  expect(info.HostConfig.LogConfig?.Config).toEqual({ 'max-size': '10m', 'max-file': '2' });
});
