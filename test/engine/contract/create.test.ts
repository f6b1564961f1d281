import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Mount } from '../../../src/engine/engine.ts';
import { ENGINES, type Scratch } from '../scratch.ts';
import { script } from '../scripts.ts';

describe.each(ENGINES)('createContainer ($name)', ({ open }) => {
  let scratch: Scratch;
  beforeAll(async () => {
    scratch = await open();
  }, 60_000);
  afterAll(() => scratch.clean());

  test('keeps the labels, the environment and the name', async () => {
    const spec = scratch.spec({ env: { GREETING: 'à = b' } });
    const id = await scratch.engine.createContainer(spec);
    const found = await scratch.engine.inspectContainer(id);
    expect(found).toMatchObject({ id, name: spec.name, image: scratch.image, state: 'created', labels: spec.labels });
    expect(found?.env.GREETING).toBe('à = b');
  });

  test('gives a container the labels and the environment of its image', async () => {
    const found = await scratch.engine.inspectContainer(
      await scratch.engine.createContainer(scratch.spec({ labels: {} })),
    );
    expect(found?.env.PATH).toBe('/bin');
    expect(found?.labels).toEqual({ 'ezj-test': scratch.label.split('=')[1] });
  });

  test('mounts a folder whose path has a colon and spaces', async () => {
    const source = await scratch.folder();
    await writeFile(join(source, 'a.txt'), 'from the host');
    const target = '/with: colon and space';
    const mounts: Mount[] = [{ type: 'bind', source, target, readOnly: false }];
    const cat = script(`cat "${target}/a.txt"`, ({ files, print }) => {
      print(String(files.read(`${target}/a.txt`)));
      return 0;
    });
    expect(await scratch.output(await scratch.run(cat, { mounts }))).toBe('from the host');
  });

  test('refuses to write where the mount is read-only', async () => {
    const source = await scratch.folder();
    const mounts: Mount[] = [{ type: 'bind', source, target: '/p', readOnly: true }];
    const touch = script('touch /p/x', ({ files }) => {
      files.write('/p/x', { content: '' });
      return 0;
    });
    expect(await scratch.output(await scratch.run(touch, { mounts }))).toContain('Read-only file system');
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

  test('gives a name to one only, where two ask for it at the same moment', async () => {
    const spec = scratch.spec();
    const made = await Promise.allSettled([1, 2, 3].map(() => scratch.engine.createContainer(spec)));
    expect(made.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  test('fails with usage when it asks for more processors than there are', async () => {
    const { cpus } = await scratch.engine.info();
    await expect(scratch.engine.createContainer(scratch.spec({ cpus: cpus + 0.5 }))).rejects.toMatchObject({
      code: 'usage',
      message: `--cpus "${cpus + 0.5}" is too many: the engine has only ${cpus}`,
    });
    await scratch.engine.createContainer(scratch.spec({ cpus }));
  });
});
