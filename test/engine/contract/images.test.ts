import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ENGINES, type Scratch } from '../scratch.ts';
import { script } from '../scripts.ts';

const never = () => new AbortController().signal;
const ADD = script('head -c 50000 /dev/zero > /added', ({ files }) => {
  files.write('/added', { content: Buffer.alloc(50_000) });
  return 0;
});
const LOOK = script('ls /added', ({ files, print }) => {
  print(files.read('/added') ? '/added\n' : '');
  return 0;
});

describe.each(ENGINES)('images ($name)', ({ open }) => {
  let scratch: Scratch;
  /** A container that has added a file and ended. */
  let added: string;
  beforeAll(async () => {
    scratch = await open();
    added = await scratch.run(ADD, { labels: { ...scratch.spec().labels, 'ezj-test.own': 'yes' } });
    await scratch.engine.waitForExit(added, { signal: never() });
  }, 60_000);
  afterAll(() => scratch.clean());

  /** An image on the test's own, with one more layer; gives its name. */
  async function commit(changes: string[] = []): Promise<string> {
    const tag = `${scratch.name()}:1`;
    await scratch.engine.commitContainer(added, { tag, changes, comment: 'made by a test' });
    return tag;
  }

  const tagsOf = async (reference: string) => (await scratch.engine.inspectImage(reference))?.tags;
  const listed = async (...labels: string[]) =>
    (await scratch.engine.listImages([scratch.label, ...labels])).flatMap(({ tags }) => tags);

  test('an image is what its import says', async () => {
    const image = await scratch.engine.inspectImage(scratch.image);
    expect(image).toMatchObject({
      tags: [scratch.image],
      labels: { 'ezj-test': scratch.label.split('=')[1] },
      layers: [expect.stringMatching(/^sha256:/)],
      config: { env: { PATH: '/bin' }, workdir: '/start', exposedPorts: [8888], entrypoint: [], cmd: [] },
    });
    expect(await scratch.engine.inspectImage(image?.id ?? '')).toEqual(image);
    expect(await scratch.engine.inspectImage('ezj-test-missing:1')).toBeUndefined();
    expect(await scratch.engine.inspectImage(`sha256:${'0'.repeat(64)}`)).toBeUndefined();
  });

  test('images are listed by their labels', async () => {
    const tag = await commit(['LABEL ezj-test.part="a=b c"']);
    expect(await listed()).toEqual(expect.arrayContaining([scratch.image, tag]));
    expect(await listed('ezj-test.part=a=b c')).toEqual([tag]);
    expect(await listed('ezj-test.part')).toEqual([tag]);
    expect(await listed('ezj-test.part=other')).toEqual([]);
  });

  test('a commit stands on the image of its container, with what that has written and its labels', async () => {
    const tag = await commit(['CMD ["sleep", "5"]', 'ENV MORE=1']);
    const below = await scratch.engine.inspectImage(scratch.image);
    const image = await scratch.engine.inspectImage(tag);
    expect(image?.layers.slice(0, -1)).toEqual(below?.layers);
    expect((image?.bytes ?? 0) - (below?.bytes ?? 0)).toBe(50_000);
    expect(image).toMatchObject({
      labels: { ...scratch.spec().labels, 'ezj-test.own': 'yes' },
      config: { env: { PATH: '/bin', MORE: '1' }, cmd: ['sleep', '5'], exposedPorts: [8888] },
    });
    expect(await scratch.output(await scratch.run(LOOK, { image: tag }))).toBe('/added\n');
  });

  test('an image can have several names, and goes with the last of them', async () => {
    const tag = await commit();
    const second = `${scratch.name()}:1`;
    await scratch.engine.tagImage(tag, second);
    expect((await tagsOf(tag))?.sort()).toEqual([tag, second].sort());
    await scratch.engine.removeImage(tag);
    expect(await tagsOf(tag)).toBeUndefined();
    expect(await tagsOf(second)).toEqual([second]);
    await scratch.engine.removeImage(second);
    expect(await tagsOf(second)).toBeUndefined();
    await scratch.engine.removeImage(second);
  });

  test('a name is taken from the image that has it', async () => {
    const [first, second] = [await commit(['LABEL ezj-test.n=1']), await commit(['LABEL ezj-test.n=2'])];
    const { id = '' } = (await scratch.engine.inspectImage(first)) ?? {};
    await scratch.engine.tagImage(second, first);
    expect((await scratch.engine.inspectImage(first))?.labels['ezj-test.n']).toBe('2');
    expect(await tagsOf(id)).toEqual([]);
    await scratch.engine.removeImage(id);
    expect(await tagsOf(id)).toBeUndefined();
  });

  test('a container whose image has lost its name is listed with the id', async () => {
    const [first, second] = [await commit(['LABEL ezj-test.n=1']), await commit(['LABEL ezj-test.n=2'])];
    const { id = '' } = (await scratch.engine.inspectImage(first)) ?? {};
    const container = await scratch.engine.createContainer(scratch.spec({ image: first }));
    await scratch.engine.tagImage(second, first);
    const found = (await scratch.engine.listContainers([scratch.label])).find((each) => each.id === container);
    expect(found).toMatchObject({ image: id, imageId: id });
    await scratch.engine.removeContainer(container);
    await scratch.engine.removeImage(id);
  });

  test('an image that is not there gets no name', async () => {
    await expect(scratch.engine.tagImage('ezj-test-missing:1', `${scratch.name()}:1`)).rejects.toMatchObject({
      code: 'image-not-found',
    });
  });

  test('an image that a container has is not removed, also where that does not run', async () => {
    const tag = await commit();
    const container = await scratch.engine.createContainer(scratch.spec({ image: tag }));
    await expect(scratch.engine.removeImage(tag)).rejects.toMatchObject({
      code: 'engine-failed',
      message: expect.stringContaining('conflict'),
    });
    expect(await tagsOf(tag)).toEqual([tag]);
    await scratch.engine.removeContainer(container);
    await scratch.engine.removeImage(tag);
    expect(await tagsOf(tag)).toBeUndefined();
  });

  test('an image of several names is not removed by its id', async () => {
    const tag = await commit();
    await scratch.engine.tagImage(tag, `${scratch.name()}:1`);
    const { id = '' } = (await scratch.engine.inspectImage(tag)) ?? {};
    await expect(scratch.engine.removeImage(id)).rejects.toMatchObject({ code: 'engine-failed' });
    expect(await tagsOf(id)).toHaveLength(2);
  });

  test('an image that another one stands on loses its name only, is listed no more, and goes with the other', async () => {
    const below = await commit(['LABEL ezj-test.n=below']);
    const { id = '' } = (await scratch.engine.inspectImage(below)) ?? {};
    const container = await scratch.engine.createContainer(scratch.spec({ image: below }));
    const above = `${scratch.name()}:1`;
    await scratch.engine.commitContainer(container, { tag: above, changes: ['LABEL ezj-test.n=above'], comment: '' });
    await scratch.engine.removeContainer(container);
    await scratch.engine.removeImage(below);
    expect(await tagsOf(id)).toEqual([]);
    expect((await scratch.engine.listImages([scratch.label])).map((image) => image.id)).not.toContain(id);
    await scratch.engine.removeImage(above);
    expect(await tagsOf(id)).toBeUndefined();
  });

  test('an image that was saved and removed is the same one again when it is loaded', async () => {
    const tag = await commit();
    const before = await scratch.engine.inspectImage(tag);
    const archive = await buffer(await scratch.engine.saveImages([tag], { signal: never() }));
    await scratch.engine.removeImage(tag);
    await scratch.engine.loadImages(Readable.from([archive]), { signal: never() });
    expect(await scratch.engine.inspectImage(tag)).toMatchObject({
      id: before?.id,
      layers: before?.layers,
      tags: [tag],
    });
    expect(await scratch.output(await scratch.run(LOOK, { image: tag }))).toBe('/added\n');
  });

  test('an image that is not there is not saved', async () => {
    await expect(scratch.engine.saveImages(['ezj-test-missing:1'], { signal: never() })).rejects.toMatchObject({
      code: 'engine-failed',
    });
  });

  test('a name that no image can have is a wrong use', async () => {
    await expect(scratch.engine.inspectImage('Not/A:name:')).rejects.toMatchObject({ code: 'usage' });
    await expect(scratch.engine.removeImage('Not/A:name:')).rejects.toMatchObject({ code: 'usage' });
  });
});
