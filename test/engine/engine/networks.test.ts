import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { request } from '../../environment/engine-api.ts';
import { openScratch, type Scratch } from '../scratch.ts';

let scratch: Scratch;
beforeAll(async () => {
  scratch = await openScratch();
}, 60_000);
afterAll(() => scratch.clean());

const exists = (name: string) =>
  request({ path: `/networks/${name}` }).then(
    () => true,
    () => false,
  );

async function makeNetwork(): Promise<string> {
  const name = scratch.name();
  onTestFinished(() => scratch.engine.removeUnusedNetwork(name));
  await Promise.all([1, 2].map(() => scratch.engine.ensureSeparatingNetwork(name)));
  return name;
}

test('a container whose network was removed starts after it has joined the new one', async () => {
  const { engine } = scratch;
  const network = await makeNetwork();
  const id = await engine.createContainer(scratch.spec({ network }));
  await request({ method: 'DELETE', path: `/networks/${network}` });
  await expect(engine.startContainer(id)).rejects.toMatchObject({ code: 'network-missing' });
  await engine.ensureSeparatingNetwork(network);
  await engine.rejoinNetwork(id, network);
  await engine.startContainer(id);
  expect(await engine.inspectContainer(id)).toMatchObject({ state: 'running' });
  await engine.removeContainer(id);
});

test('a network stays while a container has it, also one that does not run', async () => {
  const { engine } = scratch;
  const network = await makeNetwork();
  const id = await engine.createContainer(scratch.spec({ network }));
  await engine.removeUnusedNetwork(network);
  expect(await exists(network)).toBe(true);
  await engine.removeContainer(id);
  await engine.removeUnusedNetwork(network);
  expect(await exists(network)).toBe(false);
});

test('a network of somebody else that has the name is not used', async () => {
  const name = scratch.name();
  await request({ method: 'POST', path: '/networks/create', body: { Name: name } });
  onTestFinished(() => scratch.engine.removeUnusedNetwork(name));
  await expect(scratch.engine.ensureSeparatingNetwork(name)).rejects.toThrow(/is not ezj's/);
});
