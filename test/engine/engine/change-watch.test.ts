import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ContainerSpec, Mount } from '../../../src/engine/engine.ts';
import { openScratch, type Scratch } from '../scratch.ts';

let scratch: Scratch;
/** With GNU find, and older than any container of it. */
let image: string;

beforeAll(async () => {
  scratch = await openScratch();
  const [base] = await scratch.engine.listImages(['ezj.image=base']);
  image = base?.tags[0] ?? '';
});

afterAll(() => scratch.clean());

/** Runs a container of the image, its first process a shell with this script. */
function run(script = 'exec sleep 1000', changes: Partial<ContainerSpec> = {}): Promise<string> {
  return scratch.run(script, { image, ...changes });
}

async function exec(id: string, script: string, user?: string): Promise<void> {
  expect(await scratch.engine.exec(id, { cmd: ['sh', '-ec', script], user })).toEqual({ exitCode: 0, output: '' });
}

async function startWatch(id: string) {
  const created = (await scratch.engine.inspectContainer(id))?.created ?? '';
  return scratch.engine.watchChanges(id, { created });
}

/** What is seen of a container that is watched and stopped after `meanwhile`. */
async function watched(id: string, meanwhile?: () => Promise<void>): Promise<string[] | undefined> {
  const watch = await startWatch(id);
  await meanwhile?.();
  await scratch.engine.stopContainer(id, { graceMs: 10_000 });
  return watch?.changedPaths();
}

test('a container in which nothing was changed has nothing to see', async () => {
  const id = await run();
  expect(await watched(id)).toEqual([]);
});

test.each([
  ['an empty file', 'touch /opt/x', '/opt/x'],
  ['an empty folder', 'mkdir /opt/x', '/opt/x'],
  ['a link', 'ln -s nowhere /opt/x', '/opt/x'],
  ['a second name', 'ln /etc/bash.bashrc /opt/x', '/opt/x'],
  ['a deletion', 'rm /usr/bin/less', '/usr/bin'],
  ['other rights', 'chmod 600 /etc/bash.bashrc', '/etc/bash.bashrc'],
  ['a file of the image, moved', 'mv /etc/bash.bashrc /opt/x', '/opt/x'],
  ['the same text written again', 'cat /etc/bash.bashrc > /tmp/x; cat /tmp/x > /etc/bash.bashrc', '/etc/bash.bashrc'],
  ['what claims to be old', 'echo x > /opt/x; touch -d 2001-01-01 /opt/x /opt', '/opt/x'],
  ['a line break in a name', 'echo x > "/opt/a\nb"', '/opt/a\nb'],
])('%s is seen', async (_, script, path) => {
  const id = await run();
  await exec(id, script);
  expect(await watched(id)).toContain(path);
  expect(await scratch.engine.changedPaths(id)).toEqual(path === '/usr/bin' ? [] : expect.arrayContaining([path]));
});

test('an empty file that a program makes while it ends is seen', async () => {
  const id = await run("trap 'touch /opt/x; sleep 0.5; exit' TERM; while :; do sleep 0.05; done");
  expect(await watched(id)).toEqual(['/opt/x']);
});

test('a file that comes at the very end leaves the matter in doubt', async () => {
  const id = await run("trap 'echo x > /opt/x; exit' TERM; while :; do sleep 0.01; done");
  const seen = await watched(id);
  expect(seen ?? ['/opt/x']).toEqual(['/opt/x']);
});

test('what lies in a mount is not of the container', async () => {
  const name = scratch.name();
  const mounts: Mount[] = [{ type: 'volume', name, target: '/kept/here', labels: scratch.spec().labels }];
  const id = await run(undefined, { mounts });
  await exec(id, 'touch /kept/here/x');
  expect(await watched(id)).toEqual([]);
});

test('a folder that may not be looked into leaves the matter in doubt', async () => {
  const id = await run(undefined, { user: '1000:1000' });
  await exec(id, 'mkdir -m 700 /opt/closed; touch /opt/closed/x', '0:0');
  expect(await watched(id)).toBeUndefined();
});

test('an image without GNU find leaves the matter in doubt', async () => {
  const id = await scratch.run('sleep 1000');
  expect(await startWatch(id)).toBeUndefined();
});

test('what has an anonymous volume leaves the matter in doubt', async () => {
  const id = await run(undefined, { mounts: [{ type: 'volume', target: '/data', labels: {} }] });
  expect(await watched(id)).toBeUndefined();
});

test('a watch that ends before the container leaves the matter in doubt', async () => {
  const id = await run();
  const seen = await watched(id, async () => {
    await scratch.engine.exec(id, { cmd: ['pkill', '-x', 'sh'] });
    // The container lives on.
    await exec(id, 'sleep 1');
  });
  expect(seen).toBeUndefined();
});

test('a container that does not run cannot be watched', async () => {
  const id = await run('true');
  await scratch.engine.waitForExit(id, { signal: AbortSignal.timeout(60_000) });
  expect(await startWatch(id)).toBeUndefined();
});
