import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { type MemoryWorld, NOTHING, openWorld } from '../../environment/memory-world.ts';

const DAY_MS = 86_400_000;

let world: MemoryWorld;
beforeEach(async () => {
  world = await openWorld();
});

const namesOf = ({ items }: { items: { name: string }[] }) => items.map(({ name }) => name);
const left = async () => (await world.engine.listImages(['ezj.owner'])).flatMap(({ tags }) => tags).sort();

/** An image of ezj's own, as another version of it has built it. */
function addOwnImage(tag: string, owner = world.owner): string {
  world.engine.addImage({ tag, labels: { 'ezj.image': 'python', 'ezj.owner': owner }, layerBytes: 200_000 });
  return tag;
}

/** An environment, or a step on the way to one, of this many bytes on what is below it. */
function addEnvironment(
  tag: string,
  { project = world.project, owner = world.owner, below = '', ageMs = 0 } = {},
): string {
  const labels = { 'ezj.owner': owner, 'ezj.environment': 'hash', 'ezj.increment-of': '', 'ezj.project': project };
  world.engine.addImage({
    tag,
    labels,
    layerBytes: 1000,
    created: new Date(Date.now() - ageMs),
    config: { env: {}, entrypoint: [], cmd: ['notebook'], user: '', workdir: '', exposedPorts: [8888] },
    ...(below === '' ? {} : { belowTag: below }),
  });
  return tag;
}

const ENV = ['ezj/env-project:00000000000a', 'ezj/env-project:00000000000b'] as const;
const LAYER = 'ezj/layer:00000000000c';

/** A session has started from this image, and was stopped again. */
async function use(image: string, project = world.project): Promise<void> {
  const { session } = await world.start({ image, project });
  world.context.records.used(image, { project, kind: 'python' });
  await world.stop(session.name);
}

test('prune takes the images that another ezj built, and none that only inherited its labels', async () => {
  const old = addOwnImage('ezj/python:a956c7314281');
  const current = addOwnImage('ezj/python:0123456789ab');
  const committed = addOwnImage('ezj-test/committed:1');
  const foreign = addOwnImage('ezj/r:a956c7314281', 'somebody-else');
  const { items, bytes } = await world.prune({ remove: true });
  expect(items).toEqual([{ type: 'image', name: old, bytes: 200_000, why: 'built by another version of ezj' }]);
  expect(bytes).toBe(200_000);
  expect(await left()).toEqual([committed, current, foreign].sort());
});

test('an image that another ezj built stays while a container of anybody has it', async () => {
  const old = addOwnImage('ezj/python:a956c7314281');
  const other = await openWorld({ engine: world.engine });
  const image = other.image(() => 0);
  await world.engine.tagImage(image, 'other:1');
  const spec = { env: {}, labels: {}, mounts: [], capabilities: [], init: true, noNewPrivileges: true };
  const container = await world.engine.createContainer({
    ...spec,
    name: 'somebody-elses',
    image: old,
    selinuxDisabled: false,
    pidsLimit: 1,
    shmBytes: 1,
  });
  expect(await world.prune({ remove: true })).toMatchObject({ items: [] });
  await world.engine.removeContainer(container);
  expect(namesOf(await world.prune())).toEqual([old]);
});

test('prune only tells what it would remove, unless it is to remove it', async () => {
  const old = addOwnImage('ezj/python:a956c7314281');
  expect(await world.prune()).toMatchObject({ removed: false, bytes: 200_000, items: [{ name: old }] });
  expect(await left()).toEqual([old]);
});

/** A home folder that a session once had. */
function addHome(kind: string, project = world.project): string {
  const labels = { owner: world.owner, home: 'true', key: kind, project, kind };
  const named = Object.entries(labels).map(([name, value]) => [`ezj.${name}`, value]);
  const name = `ezj-home-project-${kind}`;
  world.engine.addVolume({ name, labels: Object.fromEntries(named), bytes: 10 });
  return name;
}

test('prune takes the home folders of a folder that is gone, tells them apart by their kinds, and only where it is asked', async () => {
  for (const kind of ['python', 'r']) addHome(kind);
  await rm(world.project, { recursive: true });
  expect(await world.prune({ remove: true })).toMatchObject({ items: [] });
  const { items, bytes } = await world.prune({ volumes: true });
  expect(items.map(({ why }) => why).sort()).toEqual([
    `home folder of ${world.project}, which is gone, for python (packages, settings, history), last use unknown`,
    `home folder of ${world.project}, which is gone, for r (packages, settings, history), last use unknown`,
  ]);
  expect(bytes).toBe(20);
});

test('a home folder of a project that is there stays, with its last use, and goes where it was not used for the time named', async () => {
  const name = addHome('python');
  world.context.homeUses.noteUse('python');
  const today = new Date().toISOString().slice(0, 10);
  const report = await world.prune({ volumes: true, remove: true });
  expect(report).toMatchObject({
    bytes: 0,
    items: [{ name, skipped: `home folder of ${world.project} for python, last used ${today}` }],
  });
  const young = await world.prune({ volumes: true, remove: true, olderThanMs: DAY_MS });
  expect(young.items).toMatchObject([{ skipped: expect.any(String) }]);
  expect((await world.resources()).volumes).toEqual([name]);
  expect(namesOf(await world.prune({ volumes: true, remove: true, olderThanMs: 0 }))).toEqual([name]);
  expect((await world.resources()).volumes).toEqual([]);
});

test('the home folder of a session stays, also where that is stopped and kept', async () => {
  const { session } = await world.start();
  expect(await world.prune({ volumes: true, remove: true })).toMatchObject({ items: [] });
  world.engine.write(session.container, '/opt/precious', 'worth');
  await world.stop();
  expect(namesOf(await world.prune({ volumes: true, remove: true }))).toEqual(['project']);
  expect((await world.resources()).volumes).toHaveLength(1);
});

test('prune leaves a session alone that a stop has kept for its files, and says how it goes', async () => {
  const { session } = await world.start();
  world.engine.write(session.container, '/opt/precious', 'worth');
  await world.stop();
  const before = await world.resources();
  const skipped = 'it keeps 1 changed file; ezj stop --discard project removes it';
  for (const options of [{}, { remove: true }, { volumes: true, remove: true }]) {
    const report = await world.prune(options);
    expect(report).toMatchObject({ bytes: 0, items: [{ type: 'container', name: 'project', skipped }] });
    expect(report.items).toHaveLength(1);
  }
  expect(await world.resources()).toEqual(before);
  expect(await world.start()).toMatchObject({ session: { container: session.container } });
});

test('prune shows how much a stopped session takes, and gives it back with its home folder', async () => {
  const { session } = await world.start();
  world.engine.write(session.container, '/tmp/scratch', 'x'.repeat(3_000_000));
  await world.engine.stopContainer(session.container, { graceMs: 1000 });
  const { items, bytes } = await world.prune();
  expect(items).toEqual([
    { type: 'container', name: 'project', bytes, why: `stopped session of ${world.project}`, skipped: undefined },
  ]);
  expect(bytes).toBeGreaterThanOrEqual(3_000_000);
  expect(namesOf(await world.prune({ remove: true, volumes: true, olderThanMs: 0 }))).toEqual([
    'project',
    expect.stringMatching(/^ezj-home-project-/),
  ]);
  expect(await world.resources()).toEqual(NOTHING);
  expect(await world.list()).toEqual([]);
});

test('a session whose contents cannot be told stays, and prune says why', async () => {
  const { session } = await world.start();
  await world.engine.kill(session.container);
  world.engine.before('changedPaths', () => {
    throw new Error('the disk cannot be read');
  });
  const skipped = 'its changed files are unknown: the disk cannot be read';
  expect(await world.prune({ remove: true })).toMatchObject({ items: [{ name: 'project', skipped }], bytes: 0 });
  expect((await world.resources()).containers).toEqual([session.container]);
});

test('what is in use by the time of its removal stays and says why', async () => {
  const { session } = await world.start();
  await world.engine.kill(session.container);
  const removal = world.engine.hold('removeContainer');
  const pruning = world.prune({ remove: true });
  await removal.reached;
  await world.engine.startContainer(session.container);
  removal.letGo();
  expect(await pruning).toMatchObject({
    items: [{ name: 'project', skipped: expect.stringContaining('cannot remove a running container') }],
    bytes: 0,
  });
  expect(await world.list()).toMatchObject([{ state: 'running' }]);
});

test('prune takes an environment that its project has replaced, and keeps the last one', async () => {
  for (const tag of ENV) await use(addEnvironment(tag));
  expect(await world.prune()).toMatchObject({ items: [] });
  const { items } = await world.prune({ olderThanMs: 0 });
  expect(items).toEqual([
    {
      type: 'image',
      name: ENV[0],
      bytes: 1000,
      project: world.project,
      lastUsed: expect.any(String),
      why: expect.stringMatching(/^environment that .*project has replaced, last used \d{4}-\d\d-\d\d$/),
    },
  ]);
  await world.prune({ olderThanMs: 0, remove: true });
  expect(await left()).toEqual([ENV[1]]);
  expect(Object.keys(world.context.records.all())).toEqual([ENV[1]]);
});

test('how long a replaced environment stays is in the configuration', async () => {
  for (const tag of ENV) await use(addEnvironment(tag));
  world.context.config['prune.environmentDays'] = 0;
  expect(namesOf(await world.prune())).toEqual([ENV[0]]);
});

test('an environment that a session has stays, however old, until that session goes', async () => {
  for (const tag of ENV) addEnvironment(tag);
  const { session } = await world.start({ image: ENV[0] });
  world.context.records.used(ENV[0], { project: world.project, kind: 'python' });
  world.context.records.used(ENV[1], { project: world.project, kind: 'python' });
  expect(await world.prune({ olderThanMs: 0, remove: true })).toMatchObject({ items: [] });
  await world.engine.kill(session.container);
  expect(namesOf(await world.prune({ olderThanMs: 0, remove: true }))).toEqual(['project', ENV[0]]);
  expect(await left()).toEqual([ENV[1]]);
});

test('prune takes the environments of a folder that is gone, with the steps below them, but none that another owner uses', async () => {
  const other = await openWorld({ engine: world.engine });
  const layer = addEnvironment(LAYER);
  const shared = addEnvironment(ENV[0], { below: layer });
  await use(shared);
  const { session } = await other.start({ image: shared });
  other.context.records.used(shared, { project: other.project, kind: 'python' });
  await rm(world.project, { recursive: true });
  // The other's session uses it.
  expect(await world.prune({ remove: true })).toMatchObject({ items: [] });
  await other.stop(session.name);
  await rm(other.project, { recursive: true });
  // It is not the other's to remove.
  expect(await other.prune({ olderThanMs: 0, remove: true })).toMatchObject({ items: [] });
  const { items } = await world.prune({ remove: true });
  expect(items).toMatchObject([
    { name: shared, why: expect.stringMatching(/^environment of .*project, whose folder is gone, last used/) },
    { name: layer, why: `step of an environment of ${world.project}, for builds` },
  ]);
  expect(await left()).toEqual([]);
});

test('prune goes by the time of the build where the records are lost', async () => {
  addEnvironment(ENV[0], { ageMs: 2 * DAY_MS });
  addEnvironment(ENV[1], { ageMs: DAY_MS });
  world.context.records.used(ENV[0], { project: world.project, kind: 'python' });
  await writeFile(path.join(world.home, 'environments.json'), 'spoilt');
  expect(await world.prune()).toMatchObject({ items: [] });
  expect(namesOf(await world.prune({ olderThanMs: 0, remove: true }))).toEqual([ENV[0]]);
  expect(await left()).toEqual([ENV[1]]);
});

test('prune leaves package caches alone until it is asked for them', async () => {
  const caches = ['pip', 'uv'].map((name) => `ezj-cache-${world.owner}-${name}`);
  for (const name of caches) {
    const labels = { 'ezj.owner': world.owner, 'ezj.cache': name.split('-').at(-1) ?? '' };
    world.engine.addVolume({ name, labels, bytes: 5000 });
  }
  await world.prune({ volumes: true, remove: true });
  expect((await world.resources()).volumes).toEqual(caches);
  const { items } = await world.prune({ caches: true, remove: true });
  expect(items).toMatchObject([
    { type: 'volume', name: caches[0], bytes: 5000, why: 'downloads and compiled packages of pip, for builds' },
    { type: 'volume', name: caches[1], bytes: 5000, why: 'downloads and compiled packages of uv, for builds' },
  ]);
  expect((await world.resources()).volumes).toEqual([]);
});
