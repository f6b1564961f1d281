import { afterEach, expect, test } from 'vitest';
import { request } from '../environment/engine-api.ts';
import { type Registry, startRegistry } from '../environment/registry.ts';
import { listAdded, listResources } from '../environment/resources.ts';
import { importTinyImage } from '../environment/tiny-image.ts';

let registry: Registry | undefined;

afterEach(async () => {
  await registry?.stop();
  registry = undefined;
});

test('a pushed image is pulled again', async () => {
  registry = await startRegistry();
  const image = await pushTiny(registry);
  expect(await pull(image.name)).toContain('Downloaded newer image');
  await image.remove();
});

test('a registry with a password refuses whoever has none', async () => {
  registry = await startRegistry({ auth: { user: 'ada', password: 'lovelace' } });
  const image = await pushTiny(registry, { username: 'ada', password: 'lovelace' });
  await expect(pull(image.name)).rejects.toThrow(/no basic auth credentials/);
  await image.remove();
});

test('a download that was cut goes on when the engine tries again', async () => {
  registry = await startRegistry({ faults: true });
  const image = await pushTiny(registry);
  registry.faults?.cutDownloads({ times: 1, afterBytes: 1000 });
  expect(await pull(image.name)).toContain('Downloaded newer image');
  expect(registry.faults?.cuts).toBe(1);
  await image.remove();
});

test('what a test leaves on the engine is seen', async () => {
  const label = `ezj-self-test=${process.pid}`;
  const before = await listResources({ label });
  const { remove } = await importTinyImage({ name: `ezj-self-test-${process.pid}:latest`, labels: [label] });
  expect(await listAdded(before, { label })).toMatchObject({
    containers: [],
    volumes: [],
    images: [expect.any(String)],
  });
  await remove();
  expect(await listAdded(before, { label })).toEqual({ containers: [], volumes: [], images: [] });
});

/** Pushes an image of one layer and removes it here, so that a pull has to download it. */
async function pushTiny({ host }: Registry, credentials: object = {}) {
  const name = `${host}/tiny:latest`;
  const image = await importTinyImage({ name });
  // The engine wants base64url with its padding, which Node's leaves out.
  const auth = Buffer.from(JSON.stringify(credentials)).toString('base64').replaceAll('+', '-').replaceAll('/', '_');
  const headers = { 'X-Registry-Auth': auth };
  const answer = await request({
    method: 'POST',
    path: `/images/${host}/tiny/push`,
    query: { tag: 'latest' },
    headers,
  });
  expect(String(answer)).not.toContain('"error"');
  await image.remove();
  return image;
}

async function pull(name: string): Promise<string> {
  return String(await request({ method: 'POST', path: '/images/create', query: { fromImage: name } }));
}
