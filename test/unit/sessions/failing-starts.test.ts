import http from 'node:http';
import { beforeEach, expect, test } from 'vitest';
import { OutOfMemory, type Process } from '../../environment/memory-engine/process.ts';
import { type MemoryWorld, NOTHING, openWorld, serveNotebook } from '../../environment/memory-world.ts';

let world: MemoryWorld;
beforeEach(async () => {
  world = await openWorld();
});

/** A start that fails, after which nothing is left. */
async function fail(request: Parameters<MemoryWorld['start']>[0], error: object): Promise<void> {
  await expect(world.start(request)).rejects.toMatchObject(error);
  expect(await world.resources()).toEqual(NOTHING);
  expect(await world.list()).toEqual([]);
  expect(world.context.reserved).toEqual({ names: new Set(), ports: new Set() });
}

const answering = (status: number) => async (process: Process) => {
  process.serve(
    8888,
    http.createServer((_, response) => void response.writeHead(status).end()),
  );
  await process.terminated;
  return 0;
};

test('a server that ends at once is reported with its exit code and its last lines', async () => {
  const image = world.image(({ printError }) => {
    for (let line = 1; line <= 100; line++) printError(`${line}\n`);
    printError('last words\n');
    return 3;
  });
  await fail(
    { image },
    {
      code: 'session-exited',
      exitCode: 7,
      message: 'The notebook server ended before it was ready: exit code 3.',
      details: [...Array.from({ length: 14 }, (_, i) => String(87 + i)), 'last words'],
    },
  );
});

test('a server that runs out of memory is reported as that', async () => {
  const image = world.image(() => {
    throw new OutOfMemory();
  });
  await fail(
    { image },
    {
      code: 'session-exited',
      exitCode: 7,
      message: expect.stringContaining('ran out of memory'),
      hint: expect.stringContaining('--memory'),
    },
  );
});

test('a server that never answers is given up at the deadline of the configuration', async () => {
  world.context.config['ready.timeoutSeconds'] = 0.2;
  const image = world.image(async ({ print, terminated }) => {
    print('still thinking\n');
    await terminated;
    return 0;
  });
  await fail(
    { image },
    {
      code: 'session-not-ready',
      exitCode: 7,
      message: expect.stringContaining('within 0.2 s'),
      details: ['still thinking'],
      hint: expect.stringContaining('ready.timeoutSeconds'),
    },
  );
});

test('a server that refuses the session’s token is called foreign', async () => {
  world.context.config['ready.timeoutSeconds'] = 0.2;
  await fail(
    { image: world.image(answering(403)) },
    { code: 'server-foreign', exitCode: 7, hint: expect.stringContaining('--port') },
  );
});

test('a server that takes any token is called foreign', async () => {
  await fail(
    { image: world.image(answering(200)) },
    {
      code: 'server-foreign',
      exitCode: 7,
      message: expect.stringContaining('accepts any token'),
    },
  );
});

test('what a failed start leaves is the home folder that was there before', async () => {
  await world.start();
  await world.stop();
  const { volumes } = await world.resources();
  expect(volumes).toEqual([expect.stringMatching(/^ezj-home-project-/)]);
  await expect(world.start({ image: world.image(() => 1) })).rejects.toMatchObject({ code: 'session-exited' });
  expect(await world.resources()).toMatchObject({ containers: [], volumes });
});

test('an image that is not here is not looked for with -q', async () => {
  await fail(
    { image: 'ezj-test/nowhere:1' },
    {
      code: 'image-not-local',
      exitCode: 5,
      message: expect.stringContaining('ezj-test/nowhere:1'),
    },
  );
});

test('an image that is not here is pulled, and a registry that does not answer is named', async () => {
  await fail({ image: 'registry.test/notebook:1', refresh: 'auto' }, { code: 'registry-unreachable' });
  const image = world.image(serveNotebook);
  await world.engine.tagImage(image, 'registry.test/notebook:1');
  await world.engine.pushImage('registry.test/notebook:1', { report: () => {}, signal: new AbortController().signal });
  await world.engine.removeImage('registry.test/notebook:1');
  expect((await world.start({ image: 'registry.test/notebook:1', refresh: 'auto' })).session.image).toBe(
    'registry.test/notebook:1',
  );
});

test('more processors than there are is a wrong use, which names both numbers', async () => {
  const { cpus } = world.context.info;
  await fail(
    { cpus: cpus + 1 },
    {
      code: 'usage',
      exitCode: 2,
      message: expect.stringContaining(`--cpus "${cpus + 1}" is too many: the engine has only ${cpus}`),
      hint: expect.stringContaining('Without --cpus'),
    },
  );
});

test('a folder that is not there is named, and nothing is made', async () => {
  await fail(
    { project: `${world.home}/no such folder` },
    {
      code: 'project-missing',
      exitCode: 2,
      message: expect.stringContaining('no such folder'),
    },
  );
});

test.each([
  'startContainer',
  'waitForExit',
  'exec',
] as const)('a container that is removed during a start, at %s, is named as the reason', async (method) => {
  const call = world.engine.hold(method);
  const failing = fail(
    {},
    { code: 'session-exited', exitCode: 7, message: 'The container was removed while it started.' },
  );
  const container = String(await call.reached);
  await world.engine.removeContainer(container);
  call.letGo();
  await failing;
});

test('a start that its caller gives up leaves nothing', async () => {
  const controller = new AbortController();
  const call = world.engine.hold('startContainer');
  const starting = world.start({}, { signal: controller.signal });
  await call.reached;
  controller.abort();
  call.letGo();
  await expect(starting).rejects.toMatchObject({ code: 'cancelled' });
  expect(await world.resources()).toEqual(NOTHING);
});
