import { execFile } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import net from 'node:net';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest';
import type { EnvironmentReport } from '../../src/protocol/environment.ts';
import type { PruneReport } from '../../src/protocol/image.ts';
import type { SessionAccess } from '../../src/protocol/session.ts';
import type { FetchReport, PushReport } from '../../src/protocol/sharing.ts';
import { request } from '../environment/engine-api.ts';
import { findFreePort, type Registry, startRegistry } from '../environment/registry.ts';
import { createSandbox, type Sandbox } from '../environment/sandbox.ts';
import { importTinyImage } from '../environment/tiny-image.ts';
import { startGatedEngine } from './gated-engine.ts';
import { inSession, leftovers, NOTHING, runFailing, runJson } from './notebooks.ts';
import { ask, openPackedWorld, type PackedWorld, useIndex } from './packed-world.ts';

const run = promisify(execFile);
const ADA = { user: 'ada', password: 'lovelace' };

async function registryOf(options?: Parameters<typeof startRegistry>[0]): Promise<Registry> {
  const registry = await startRegistry(options);
  onTestFinished(registry.stop);
  return registry;
}

// One world whose environment is built: each test finds it as it was then, under no registry and signed in nowhere.
let world: PackedWorld & { environment: string; hash: string };
/** The environment's image, for when it was forgotten. */
let saved: string;
let close: () => Promise<void>;

beforeAll(async () => {
  const packed = await openPackedWorld((closing) => {
    close = closing;
  });
  const { session } = await runJson<SessionAccess>(packed.sandbox, ['-d', '--image', packed.image]);
  world = { ...packed, environment: session.image, hash: session.image.split(':').at(-1) ?? '' };
  saved = path.join(packed.sandbox.home, 'environment.tar');
  await run('docker', ['save', '-o', saved, world.environment]);
});

beforeEach(async () => {
  const { sandbox } = world;
  await runJson(sandbox, ['stop', '--all']);
  await runJson(sandbox, ['config', 'unset', 'env.registry']);
  await rm(path.join(sandbox.home, '.docker'), { recursive: true, force: true });
  await rm(path.join(sandbox.project, 'binder'), { recursive: true, force: true });
  for (const name of await environmentsOf(sandbox)) await forget(name);
  await run('docker', ['load', '-i', saved]);
  await ask(sandbox, 'ezj-one\n');
});

afterAll(() => close());

async function environmentsOf({ owner }: Sandbox): Promise<string[]> {
  const query = { filters: JSON.stringify({ label: [`ezj.owner=${owner}`] }) };
  const images = (await request({ path: '/images/json', query })) as { RepoTags: string[] | null }[];
  return images.flatMap(({ RepoTags }) => RepoTags ?? []).filter((name) => name.startsWith('ezj/env-'));
}

/** Another user's, with the same requirements and an index that does not answer. */
async function another(): Promise<Sandbox> {
  const sandbox = await createSandbox();
  onTestFinished(sandbox.cleanup);
  Object.assign(sandbox.env, { PIP_INDEX_URL: 'http://127.0.0.1:1/simple/' });
  await ask(sandbox, 'ezj-one\n');
  return sandbox;
}

async function signIn({ home }: Sandbox, host: string, { user, password }: typeof ADA): Promise<void> {
  const auth = Buffer.from(`${user}:${password}`).toString('base64');
  await mkdir(path.join(home, '.docker'), { recursive: true });
  await writeFile(path.join(home, '.docker', 'config.json'), JSON.stringify({ auths: { [host]: { auth } } }));
}

const useRegistry = (sandbox: Sandbox, repository: string) =>
  runJson(sandbox, ['config', 'set', 'env.registry', repository]);

/** Takes its name away, as on a machine that has never seen it. */
async function forget(environment: string): Promise<void> {
  await request({ method: 'DELETE', path: `/images/${environment}`, query: { force: '1' } });
}

async function namesAt(host: string): Promise<string[]> {
  const images = (await request({ path: '/images/json' })) as {
    RepoTags: string[] | null;
    RepoDigests: string[] | null;
  }[];
  const names = images.flatMap(({ RepoTags, RepoDigests }) => [...(RepoTags ?? []), ...(RepoDigests ?? [])]);
  return names.filter((name) => name.startsWith(host));
}

/** The tags that a repository has at a registry. */
async function tagsAt({ url }: Registry, repository: string): Promise<string[]> {
  const answer = await fetch(`${url}/v2/${repository}/tags/list`);
  return ((await answer.json()) as { tags: string[] }).tags.sort();
}

/** A start, and what it has reported. */
async function start(sandbox: Sandbox, image: string) {
  const { exitCode, stdout, stderr } = await sandbox.run(['-d', '--json', '--image', image]);
  const lines = stderr.trim().split('\n').filter(Boolean);
  const events = lines.map((line) => JSON.parse(line) as { type: string; text: string });
  expect({ exitCode, stderr: exitCode === 0 ? '' : stderr }).toEqual({ exitCode: 0, stderr: '' });
  return {
    image: (JSON.parse(stdout) as SessionAccess).session.image,
    builds: events.filter(({ type }) => type === 'build-step'),
    warnings: events.filter(({ type }) => type === 'warning').map(({ text }) => text),
    steps: events.filter(({ type }) => type === 'step').map(({ text }) => text),
  };
}

test('an environment that was pushed with a password starts elsewhere without a build, and prune there knows it', async () => {
  const { sandbox, index, image, environment, hash } = world;
  const registry = await registryOf({ auth: ADA });
  const repository = `${registry.host}/team/envs`;
  await signIn(sandbox, registry.host, ADA);
  await useRegistry(sandbox, repository);
  const pushed = await runJson<PushReport>(sandbox, ['push', '--image', image]);
  expect(pushed).toEqual({
    image: environment,
    reference: `${repository}:env-${hash}`,
    digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
  });
  expect(await namesAt(registry.host)).toEqual([]);

  await forget(environment);
  const other = await another();
  await signIn(other, registry.host, ADA);
  await useRegistry(other, repository);
  expect(await runJson<EnvironmentReport>(other, ['env', '--image', image])).toMatchObject({ built: false });
  const started = await start(other, image);
  const here = expect.stringMatching(new RegExp(`^ezj/pulled-[0-9a-f]{12}:${hash}$`));
  expect(started).toMatchObject({ image: here, builds: [], warnings: [] });
  expect(started.steps).toContain(`Looking for ${pushed.reference}`);
  expect(await inSession(other, ['python3', '-c', 'import ezj_one; print(ezj_one.ANSWER)'])).toBe('1');
  expect(await namesAt(registry.host)).toEqual([]);

  // A user who has not named the registry does not get what comes from it.
  const elsewhere = await runJson<EnvironmentReport>(await another(), ['env', '--image', image]);
  expect(elsewhere).toMatchObject({ built: false });

  await runJson(other, ['stop']);
  useIndex(other, index);
  await ask(other, 'ezj-two\n');
  await runJson(other, ['-d', '--image', image]);
  await runJson(other, ['stop']);
  const found = await runJson<PruneReport>(other, ['prune', '--older-than', '0h']);
  expect(found.items.map(({ name }) => name)).toContain(started.image);
});

test('pull brings an environment without a start, says what to do where there is none, and needs a registry', async () => {
  const { sandbox, image, environment, hash } = world;
  const registry = await registryOf();
  const repository = `${registry.host}/team/envs`;
  const other = await another();
  expect(await runFailing(other, ['pull', '--image', image])).toMatchObject({
    exitCode: 2,
    code: 'usage',
    hint: expect.stringContaining('ezj config set env.registry'),
  });
  await useRegistry(other, repository);
  await forget(environment);
  expect(await runFailing(other, ['pull', '--image', image])).toMatchObject({
    exitCode: 3,
    code: 'image-not-found',
    message: expect.stringContaining(`${repository}:env-${hash}`),
    hint: expect.stringContaining('ezj push'),
  });
  await runJson(sandbox, ['-d', '--image', image]);
  await runJson(sandbox, ['stop']);
  await useRegistry(sandbox, repository);
  const { reference } = await runJson<PushReport>(sandbox, ['push', sandbox.project, '--image', image]);
  await forget(environment);
  const here = expect.stringMatching(new RegExp(`^ezj/pulled-[0-9a-f]{12}:${hash}$`));
  const pulled = { image: here, reference };
  expect(await runJson<FetchReport>(other, ['pull', '--image', image])).toEqual({ ...pulled, pulled: true });
  expect(await runJson<FetchReport>(other, ['pull', '--image', image])).toEqual({ ...pulled, pulled: false });
  expect(await leftovers(other)).toEqual(NOTHING);
  expect(await namesAt(registry.host)).toEqual([]);
  await runJson(other, ['-d', '-q', '--image', image]);
});

test('a registry that has nothing is not spoken of; one that cannot be asked is a warning, and -u does not ask', async () => {
  const { sandbox, image, environment } = world;
  const registry = await registryOf();
  await useRegistry(sandbox, `${registry.host}/team/envs`);
  await ask(sandbox, 'ezj-two\n');
  const quiet = await start(sandbox, image);
  expect(quiet).toMatchObject({ warnings: [], builds: [expect.anything()] });
  await runJson(sandbox, ['stop']);

  const unreachable = `127.0.0.1:${await findFreePort()}`;
  await useRegistry(sandbox, `${unreachable}/team/envs`);
  await ask(sandbox, 'ezj-one\nezj-two\n');
  const warned = await start(sandbox, image);
  expect(warned.warnings).toEqual([
    expect.stringMatching(new RegExp(`^[^\\n]*${unreachable}[^\\n]*ezj builds it here instead`)),
  ]);
  expect(warned.builds).not.toEqual([]);
  expect(warned.image).not.toBe(environment);
  await runJson(sandbox, ['stop']);

  const updated = await sandbox.run(['-d', '-u', '--json', '--image', image]);
  expect(updated.stderr).not.toContain(unreachable);
});

test('a registry that never answers holds a start up for less than ten seconds', async () => {
  const { sandbox, image } = world;
  const sockets: net.Socket[] = [];
  const mute = net.createServer((socket) => sockets.push(socket));
  await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    mute.close();
  });
  const { port } = mute.address() as net.AddressInfo;
  await useRegistry(sandbox, `127.0.0.1:${port}/team/envs`);
  await ask(sandbox, 'ezj-two\n');
  const running = sandbox.start(['-d', '--json', '--image', image]);
  await running.waitFor(/Looking for/);
  const sinceMs = Date.now();
  await running.waitFor(/did not answer.*ezj builds it here instead/);
  expect(Date.now() - sinceMs).toBeLessThan(10_000);
  expect(await running.ended).toMatchObject({ exitCode: 0 });
});

test('a push that is refused or finds nobody leaves no name behind, nor does one that is cancelled', async () => {
  const { sandbox, image, environment } = world;
  const registry = await registryOf({ auth: ADA });
  const name = `${registry.host}/team/analysis:1`;
  const before = await leftovers(sandbox);
  const denied = {
    exitCode: 5,
    code: 'registry-denied',
    hint: expect.stringContaining(`docker login ${registry.host}`),
  };
  expect(await runFailing(sandbox, ['push', name, '--image', image])).toMatchObject(denied);
  await signIn(sandbox, registry.host, { ...ADA, password: 'wrong' });
  expect(await runFailing(sandbox, ['push', name, '--image', image])).toMatchObject(denied);
  const unreachable = `127.0.0.1:${await findFreePort()}/team/analysis`;
  expect(await runFailing(sandbox, ['push', unreachable, '--image', image])).toMatchObject({
    exitCode: 5,
    code: 'registry-unreachable',
    message: expect.stringContaining(unreachable),
  });
  expect(await namesAt('127.0.0.1')).toEqual(expect.not.arrayContaining([expect.stringContaining('/team/analysis')]));

  const engine = await startGatedEngine();
  onTestFinished(engine.stop);
  const held = engine.hold('POST', /\/push$/);
  const pushing = sandbox.start(['push', name, '--image', image], { env: { DOCKER_HOST: engine.url } });
  await held.reached;
  expect(await namesAt(registry.host)).toEqual([name]);
  pushing.child.kill('SIGINT');
  await held.abandoned;
  expect((await pushing.ended).exitCode).toBe(130);
  await expect.poll(() => namesAt(registry.host)).toEqual([]);
  expect(await leftovers(sandbox)).toEqual(before);
  expect(environment).toMatch(/^ezj\/env-/);
});

test('a push takes a tag, else the hash; a name that another image has stays its own; what is not built is refused', async () => {
  const { sandbox, image, environment, hash } = world;
  const registry = await registryOf();
  const repository = `${registry.host}/team/analysis`;
  const mine = await importTinyImage({ name: `${repository}:1`, labels: [`ezj.owner=${sandbox.owner}`] });
  onTestFinished(mine.remove);
  const inspectMine = () => request({ path: `/images/${repository}:1/json` }) as Promise<{ Id: string }>;
  const { Id } = await inspectMine();
  await runJson(sandbox, ['push', `${repository}:1`, '--image', image]);
  expect((await inspectMine()).Id).toBe(Id);
  expect(await runJson<PushReport>(sandbox, ['push', repository, '--image', image])).toMatchObject({
    reference: `${repository}:${hash}`,
  });
  expect(await tagsAt(registry, 'team/analysis')).toEqual(['1', hash].sort());

  await forget(environment);
  for (const [args, failure] of [
    [
      ['push', repository, '--image', image],
      { exitCode: 5, code: 'image-not-local', hint: `To get it, start a session: ezj -d ${sandbox.project}` },
    ],
    [['push', '--image', image], { exitCode: 2, hint: expect.stringContaining('env.registry') }],
    [['push', 'analysis', '--image', image], { exitCode: 2, hint: expect.stringContaining('ezj push ./analysis') }],
    [['push', `${repository}@sha256:${'0'.repeat(64)}`], { exitCode: 2, message: expect.stringContaining('digest') }],
  ] as [string[], object][]) {
    expect(await runFailing(sandbox, args)).toMatchObject(failure);
  }
  await writeFile(path.join(sandbox.project, 'requirements.txt'), '');
  await mkdir(path.join(sandbox.project, 'binder'));
  await writeFile(path.join(sandbox.project, 'binder', 'Dockerfile'), `FROM ${image}\n`);
  for (const args of [['push', repository], ['pull']]) {
    await useRegistry(sandbox, repository);
    expect(await runFailing(sandbox, args)).toMatchObject({
      exitCode: 2,
      message: expect.stringContaining('Dockerfile'),
    });
  }
});

test('what lies at the registry under the name of an environment and is none is not used', async () => {
  const { sandbox, image, environment, hash } = world;
  const registry = await registryOf();
  const repository = `${registry.host}/team/envs`;
  const planted = await importTinyImage({ name: `${repository}:env-${hash}`, labels: [`ezj.owner=${sandbox.owner}`] });
  const headers = { 'x-registry-auth': Buffer.from('{}').toString('base64') };
  await request({ method: 'POST', path: `/images/${repository}/push`, query: { tag: `env-${hash}` }, headers });
  await planted.remove();
  await forget(environment);
  await useRegistry(sandbox, repository);
  expect(await runFailing(sandbox, ['pull', '--image', image])).toMatchObject({
    exitCode: 5,
    code: 'image-unsuitable',
  });
  const { warnings } = await start(sandbox, image);
  expect(warnings).toEqual([expect.stringContaining('is not an environment that ezj built')]);
  expect(await namesAt(registry.host)).toEqual([]);
});
