import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import http from 'node:http';
import type net from 'node:net';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, expect, onTestFinished, test } from 'vitest';
import type { Hello } from '../../src/protocol/daemon.ts';
import { request } from '../environment/engine-api.ts';
import { startFaultyEngine } from '../environment/faulty-engine.ts';
import { findFreePort, type Registry, startRegistry } from '../environment/registry.ts';
import { createSandbox, type Sandbox } from '../environment/sandbox.ts';
import { importTinyImage } from '../environment/tiny-image.ts';
import { startGatedEngine } from './gated-engine.ts';
import { leftovers, NOTHING, runFailing, runJson } from './notebooks.ts';
import { createSignal } from './signal.ts';

const ADA = { user: 'ada', password: 'lovelace' };

let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await createSandbox();
});

afterEach(() => sandbox.reset());

afterAll(() => sandbox.cleanup());

async function registryOf(options?: Parameters<typeof startRegistry>[0]): Promise<Registry> {
  const registry = await startRegistry(options);
  onTestFinished(registry.stop);
  return registry;
}

/** Puts an image of one layer into a registry, and takes it off the engine. */
async function push(host: string, auth: object = {}): Promise<string> {
  const name = `${host}/tiny-${randomBytes(3).toString('hex')}`;
  const image = await importTinyImage({ name: `${name}:1`, labels: [`ezj.owner=${sandbox.owner}`] });
  const headers = {
    'x-registry-auth': Buffer.from(JSON.stringify(auth)).toString('base64').replaceAll('+', '-').replaceAll('/', '_'),
  };
  const said = await request({ method: 'POST', path: `/images/${name}/push`, query: { tag: '1' }, headers });
  expect(String(said)).not.toContain('"error"');
  await image.remove();
  return `${name}:1`;
}

test('a registry that does not answer is named, and nothing is left', async () => {
  const image = `127.0.0.1:${await findFreePort()}/some/image:1`;
  const failure = await runFailing(sandbox, ['-d', '--image', image]);
  expect(failure).toMatchObject({ exitCode: 5, code: 'registry-unreachable' });
  expect(failure.message).toContain(image);
  expect(await leftovers(sandbox)).toEqual(NOTHING);
});

test('a tag that the registry does not have is named, and nothing is left', async () => {
  const { host } = await registryOf();
  const image = (await push(host)).replace(/:1$/, ':no-such-tag');
  const failure = await runFailing(sandbox, ['-d', '--image', image]);
  expect(failure).toMatchObject({ exitCode: 3, code: 'image-not-found' });
  expect(failure.message).toContain(image);
  expect(await leftovers(sandbox)).toEqual(NOTHING);
});

test('a private registry takes the user’s credentials, and says so of wrong ones', async () => {
  const { host } = await registryOf({ auth: ADA });
  const image = await push(host, { username: ADA.user, password: ADA.password });
  const none = await runFailing(sandbox, ['images', 'pull', image]);
  expect(none).toMatchObject({
    exitCode: 5,
    code: 'registry-denied',
    hint: expect.stringContaining(`docker login ${host}`),
  });
  await writeAuth(host, 'ada:wrong');
  expect(await runFailing(sandbox, ['-d', '--image', image])).toMatchObject({ exitCode: 5, code: 'registry-denied' });
  expect(await leftovers(sandbox)).toEqual(NOTHING);
  await writeAuth(host, `${ADA.user}:${ADA.password}`);
  expect(await runJson(sandbox, ['images', 'pull', image])).toMatchObject({ reference: image, origin: 'pulled' });
});

async function writeAuth(host: string, secret: string): Promise<void> {
  await writeDockerConfig({ auths: { [host]: { auth: Buffer.from(secret).toString('base64') } } });
}

async function writeDockerConfig(config: object): Promise<void> {
  await mkdir(path.join(sandbox.home, '.docker'), { recursive: true });
  await writeFile(path.join(sandbox.home, '.docker', 'config.json'), JSON.stringify(config));
}

test.each(['credsStore', 'credHelpers'])('a private registry takes what the helper of %s gives', async (key) => {
  const { host } = await registryOf({ auth: ADA });
  const image = await push(host, { username: ADA.user, password: ADA.password });
  await installHelper(host);
  await writeDockerConfig({ [key]: key === 'credsStore' ? 'ezj-test' : { [host]: 'ezj-test' } });
  const { exitCode, stderr } = await sandbox.run(['images', 'pull', image]);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: expect.not.stringContaining('warning') });
});

/** Stands in for a keychain, which a test has none of; it answers as https://github.com/docker/docker-credential-helpers says. */
async function installHelper(host: string): Promise<void> {
  const answer = JSON.stringify({ ServerURL: host, Username: ADA.user, Secret: ADA.password });
  const script = [
    '#!/bin/sh',
    'read -r server || [ -n "$server" ]',
    `[ "$1 $server" = "get ${host}" ] || { echo "credentials not found in native keychain"; exit 1; }`,
    `echo '${answer}'`,
  ];
  const folder = path.join(sandbox.home, 'bin');
  await mkdir(folder);
  await writeFile(path.join(folder, 'docker-credential-ezj-test'), script.join('\n'), { mode: 0o755 });
  sandbox.env.PATH = `${folder}:${sandbox.env.PATH}`;
  // A daemon looks for helpers in the PATH that it was started with.
  await sandbox.run(['daemon', 'stop']);
}

test('a pull that is cut in the middle is a failure, and the next one gets the image', async () => {
  const { host } = await registryOf();
  const image = await push(host);
  const engine = await startFaultyEngine({
    rules: [{ method: 'POST', path: /^\/images\/create$/, fault: { kind: 'cut', afterBytes: 150 }, times: 1 }],
  });
  onTestFinished(engine.stop);
  sandbox.env.DOCKER_HOST = engine.url;
  expect(await runFailing(sandbox, ['images', 'pull', image])).toMatchObject({ exitCode: 5, code: 'pull-failed' });
  expect(await runJson(sandbox, ['images', 'pull', image])).toMatchObject({ reference: image });
});

test('a daemon that is killed during a pull leaves nothing, and the next pull gets the image', async () => {
  const registry = await registryOf();
  const slow = await startSlowRegistry(registry);
  const image = (await push(registry.host)).replace(registry.host, slow.host);
  const pulling = sandbox.start(['-d', '--json', '--image', image]);
  await slow.asked;
  const { pid } = await runJson<Hello>(sandbox, ['daemon', 'status']);
  process.kill(pid, 'SIGKILL');
  expect(await pulling.ended).toMatchObject({ exitCode: 8, stderr: expect.stringContaining('"daemon-gone"') });
  expect(await runJson(sandbox, ['list'])).toEqual([]);
  slow.goOn();
  expect(await runJson(sandbox, ['images', 'pull', image])).toMatchObject({ reference: image });
  const { containers, volumes } = await leftovers(sandbox);
  expect({ containers, volumes }).toEqual({ containers: [], volumes: [] });
});

test('a command line that is killed during a pull ends the pull', async () => {
  const engine = await startGatedEngine();
  onTestFinished(engine.stop);
  sandbox.env.DOCKER_HOST = engine.url;
  const pull = engine.hold('POST', /^\/images\/create$/);
  const pulling = sandbox.start(['-d', '--image', '127.0.0.1:1/some/image:1']);
  await pull.reached;
  process.kill(pulling.pid, 'SIGKILL');
  await pull.abandoned;
  expect(await runJson(sandbox, ['list'])).toEqual([]);
  expect(await leftovers(sandbox)).toEqual(NOTHING);
});

/** A registry in front of a real one that keeps the layers back until it is told to go on. */
async function startSlowRegistry({ host }: Registry) {
  const goOn = createSignal();
  const asked = createSignal();
  const server = http.createServer(async (call, response) => {
    if (call.url?.includes('/blobs/')) {
      asked.fire();
      await goOn.fired;
    }
    const { method, url, headers } = call;
    const onward = http.request(`http://${host}${url}`, { method, headers, agent: false }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    onward.on('error', () => response.destroy());
    onward.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as net.AddressInfo;
  return { host: `127.0.0.1:${port}`, asked: asked.fired, goOn: goOn.fire };
}
