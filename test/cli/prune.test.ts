import { randomBytes } from 'node:crypto';
import { expect, onTestFinished, test } from 'vitest';
import type { PruneReport } from '../../src/protocol/image.ts';
import { createSandbox } from '../environment/sandbox.ts';
import { importTinyImage } from '../environment/tiny-image.ts';
import { leftovers, runJson } from './notebooks.ts';

test('prune takes the images that another ezj built, and none that only inherited its labels', async () => {
  const sandbox = await createSandbox();
  onTestFinished(sandbox.cleanup);
  const labels = ['ezj.image=python', `ezj.owner=${sandbox.owner}`];
  const old = await importTinyImage({ name: `ezj/python:${randomBytes(6).toString('hex')}`, labels });
  const committed = await importTinyImage({ name: `ezj-test/committed-${sandbox.owner}:1`, labels });
  onTestFinished(committed.remove);
  expect((await leftovers(sandbox)).images).toHaveLength(2);
  const { items, bytes } = await runJson<PruneReport>(sandbox, ['prune', '--yes']);
  expect(items).toEqual([expect.objectContaining({ type: 'image', name: old.name, bytes: 200_000 })]);
  expect(bytes).toBe(200_000);
  expect((await leftovers(sandbox)).images).toHaveLength(1);
});
