import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Mount } from '../../../src/engine/engine.ts';
import { ENGINES, type Scratch } from '../scratch.ts';
import { script } from '../scripts.ts';

/** Prints owner and mode of each path, and the content of the last. */
function statAndCat(...paths: string[]): string[] {
  const last = paths.at(-1) ?? '';
  return script(`stat -c "%n %u %g %a" ${paths.join(' ')}; cat ${last}`, ({ files, print }) => {
    for (const path of paths) {
      const { uid, gid, mode } = files.find(path) ?? {};
      print(`${path} ${uid} ${gid} ${mode?.toString(8)}\n`);
    }
    print(String(files.read(last)));
    return 0;
  });
}

describe.each(ENGINES)('files of a container ($name)', ({ open }) => {
  let scratch: Scratch;
  beforeAll(async () => {
    scratch = await open();
  }, 60_000);
  afterAll(() => scratch.clean());

  async function output(id: string): Promise<string> {
    await scratch.engine.startContainer(id);
    return scratch.output(id);
  }

  test('putFiles keeps owner, mode and content', async () => {
    const cmd = statAndCat('/opt/a', '/opt/a/b.txt');
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
    const cmd = statAndCat('/home/ezj', '/home/ezj/.config', '/home/ezj/.config/x');
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

  test('a file of the image is read, and one that is put in its place', async () => {
    const id = await scratch.engine.createContainer(scratch.spec());
    const passwd = 'root:x:0:0:root:/:/bin/sh\n';
    expect((await scratch.engine.readFile(id, '/etc/passwd'))?.toString()).toBe(passwd);
    await scratch.engine.putFiles(id, [{ path: '/etc/passwd', content: 'new', mode: 0o644, uid: 0, gid: 0 }]);
    expect((await scratch.engine.readFile(id, '/etc/passwd'))?.toString()).toBe('new');
    const other = await scratch.engine.createContainer(scratch.spec());
    expect((await scratch.engine.readFile(other, '/etc/passwd'))?.toString()).toBe(passwd);
  });

  test('a container that is gone has no files, and takes none', async () => {
    const id = await scratch.engine.createContainer(scratch.spec());
    await scratch.engine.removeContainer(id);
    expect(await scratch.engine.readFile(id, '/etc/passwd')).toBeUndefined();
    const files = [{ path: '/x', mode: 0o755, uid: 0, gid: 0 }];
    await expect(scratch.engine.putFiles(id, files)).rejects.toMatchObject({ code: 'engine-failed' });
  });
});
