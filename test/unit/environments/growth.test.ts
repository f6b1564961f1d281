import { expect, test } from 'vitest';
import type { Engine } from '../../../src/engine/engine.ts';
import { findSmaller, growthLabels, growthOf } from '../../../src/environments/growth.ts';
import { LABEL } from '../../../src/protocol/labels.ts';

const growth = (...lines: string[]) =>
  growthOf({ from: 'requirements.txt', run: 'install', files: [], caches: [], lines }, 'below');

/** Stands in for an engine that has these images. */
function standIn(images: Record<string, Record<string, string>>): Engine {
  const all = Object.entries(images).map(([id, labels]) => ({ id, labels }));
  return {
    listImages: async ([wanted = '']: string[]) =>
      all.filter(({ labels }) => `${LABEL.grownFrom}=${labels[LABEL.grownFrom]}` === wanted),
    inspectImage: async (id: string) => all.find((image) => image.id === id),
  } as unknown as Engine;
}

test('what was installed is added to, where nothing of it has gone and no option has changed', async () => {
  const engine = standIn({
    one: growthLabels(growth('a'), 0),
    two: growthLabels(growth('a', 'b'), 3),
    more: growthLabels(growth('a', 'x'), 0),
    tired: growthLabels(growth('a', 'b', 'c'), 10),
    hooks: growthLabels(undefined, 0),
  });
  expect(await findSmaller(engine, growth('a', 'b', 'c'))).toMatchObject({ image: { id: 'two' }, additions: 3 });
  expect(await findSmaller(engine, growth('b', 'c'))).toBeUndefined();
  expect(await findSmaller(engine, growth('a', 'b', '--pre'))).toBeUndefined();
  expect(await findSmaller(engine, undefined)).toBeUndefined();
});
