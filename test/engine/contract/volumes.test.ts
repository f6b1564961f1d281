import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Mount } from '../../../src/engine/engine.ts';
import { ENGINES, type Scratch } from '../scratch.ts';

describe.each(ENGINES)('volumes ($name)', ({ open }) => {
  let scratch: Scratch;
  beforeAll(async () => {
    scratch = await open();
  }, 60_000);
  afterAll(() => scratch.clean());

  /** A container that mounts a volume of this name, which is made with it where it is not there. */
  function mounting(name: string, labels = scratch.spec().labels): Promise<string> {
    const mounts: Mount[] = [{ type: 'volume', name, target: '/start', labels }];
    return scratch.engine.createContainer(scratch.spec({ mounts }));
  }

  test('a volume is listed by its labels, which are those of the first container that mounts it', async () => {
    const name = scratch.name();
    const labels = { ...scratch.spec().labels, 'ezj-test.part': 'a=b' };
    await mounting(name, labels);
    await mounting(name);
    const [found, ...others] = await scratch.engine.listVolumes([scratch.label, 'ezj-test.part=a=b']);
    expect(found).toMatchObject({ name, labels });
    expect(found).not.toHaveProperty('bytes');
    expect(others).toEqual([]);
    expect(await scratch.engine.listVolumes([scratch.label, 'ezj-test.part=other'])).toEqual([]);
  });

  test('a volume stays when its container goes', async () => {
    const name = scratch.name();
    await scratch.engine.removeContainer(await mounting(name));
    expect((await scratch.engine.listVolumes([scratch.label])).map((volume) => volume.name)).toContain(name);
    await scratch.engine.removeVolume(name);
    expect((await scratch.engine.listVolumes([scratch.label])).map((volume) => volume.name)).not.toContain(name);
    await scratch.engine.removeVolume(name);
  });

  test('a volume that a container has is not removed, also where that does not run', async () => {
    const name = scratch.name();
    const container = await mounting(name);
    await expect(scratch.engine.removeVolume(name)).rejects.toMatchObject({
      code: 'engine-failed',
      message: expect.stringContaining('volume is in use'),
    });
    await scratch.engine.removeContainer(container);
    await scratch.engine.removeVolume(name);
  });
});
