import { expect, onTestFinished, test } from 'vitest';
import { request } from '../environment/engine-api.ts';
import { removeLabelled } from '../environment/resources.ts';
import { uniqueName } from '../environment/run-id.ts';
import { NOTEBOOK_IMAGE } from '../environment/stand-in-notebook.ts';
import { importTinyImage } from '../environment/tiny-image.ts';
import { engineLeftovers, listEngine, removeLeftovers } from '../run/leftovers.mjs';

test('what a run has left on a shared engine is found by its id, and removed', async () => {
  const run = { id: uniqueName(), env: { ...process.env, EZJ_TEST_SHARED_ENGINE: '1' } };
  const before = await listEngine(run.env);
  onTestFinished(() => removeLabelled(`ezj.owner=test-${run.id}`));
  const Labels = { 'ezj.owner': `test-${run.id}` };
  await importTinyImage({ name: `ezj-test/${run.id}:1`, labels: [`ezj.owner=test-${run.id}`] });
  await request({ method: 'POST', path: '/volumes/create', body: { Name: `ezj-test-${run.id}`, Labels } });
  await request({ method: 'POST', path: '/networks/create', body: { Name: `ezj-test-${run.id}`, Labels } });
  const body = { Image: NOTEBOOK_IMAGE, Labels };
  const { Id } = (await request({ method: 'POST', path: '/containers/create', body })) as { Id: string };

  const found = await engineLeftovers(before, run);
  expect(found.map(({ kind }) => kind).sort()).toEqual(['container', 'image', 'network', 'volume']);
  expect(found).toContainEqual(expect.objectContaining({ kind: 'container', key: Id }));
  await removeLeftovers(found, run);
  expect(await engineLeftovers(before, run)).toEqual([]);
});
