import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Mount } from '../../../src/engine/engine.ts';
import { openScratch, type Scratch } from './scratch.ts';

let scratch: Scratch;
beforeAll(async () => {
  scratch = await openScratch();
}, 60_000);
afterAll(() => scratch.clean());

async function output(id: string): Promise<string> {
  await scratch.engine.startContainer(id);
  await scratch.engine.waitForExit(id, { signal: AbortSignal.timeout(20_000) });
  return text(await scratch.engine.containerLogs(id, {}));
}

test('putFiles keeps owner, mode and content', async () => {
  const cmd = ['sh', '-c', 'stat -c "%n %u %g %a" /opt/a /opt/a/b.txt; cat /opt/a/b.txt'];
  const id = await scratch.engine.createContainer(scratch.spec({ cmd, user: '12345' }));
  await scratch.engine.putFiles(id, [
    { path: '/opt/a', mode: 0o751, uid: 12345, gid: 23456 },
    { path: '/opt/a/b.txt', content: 'naïve', mode: 0o640, uid: 12345, gid: 23456 },
  ]);
  expect(await output(id)).toBe('/opt/a 12345 23456 751\n/opt/a/b.txt 12345 23456 640\nnaïve');
});

test('putFiles reaches a mounted volume and owns its root', async () => {
  const labels = { 'ezj-test': scratch.label.split('=')[1] ?? '' };
  const name = scratch.name();
  const mounts: Mount[] = [{ type: 'volume', name, target: '/home/ezj', labels }];
  const script = 'stat -c "%n %u %g %a" /home/ezj /home/ezj/.config /home/ezj/.config/x; cat /home/ezj/.config/x';
  const cmd = ['sh', '-c', script];
  const id = await scratch.engine.createContainer(scratch.spec({ cmd, mounts, user: '12345' }));
  await scratch.engine.putFiles(id, [
    { path: '/home/ezj', mode: 0o755, uid: 12345, gid: 12345 },
    { path: '/home/ezj/.config', mode: 0o700, uid: 12345, gid: 12345 },
    { path: '/home/ezj/.config/x', content: 'kept', mode: 0o600, uid: 12345, gid: 12345 },
  ]);
  const lines =
    '/home/ezj 12345 12345 755\n/home/ezj/.config 12345 12345 700\n/home/ezj/.config/x 12345 12345 600\nkept';
  expect(await output(id)).toBe(lines);
  const again = await scratch.engine.createContainer(scratch.spec({ cmd, mounts, user: '12345' }));
  expect(await output(again)).toBe(lines);
  expect(await scratch.engine.listVolumes([scratch.label], { sizes: true })).toEqual([
    { name, labels, bytes: expect.any(Number), created: expect.stringMatching(/^\d{4}-/) },
  ]);
});

test('readFile gives the content of a file, and undefined where there is none', async () => {
  const id = await scratch.engine.createContainer(scratch.spec());
  const content = Buffer.from([0, 255, 10, 13]);
  await scratch.engine.putFiles(id, [{ path: '/etc/x', content, mode: 0o644, uid: 0, gid: 0 }]);
  expect(await scratch.engine.readFile(id, '/etc/x')).toEqual(content);
  expect(await scratch.engine.readFile(id, '/etc/none')).toBeUndefined();
  expect(await scratch.engine.readFile(id, '/etc')).toBeUndefined();
});
