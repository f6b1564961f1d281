import { chmod, mkdir, rename, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type GatedEngine, startGatedEngine } from '../cli/gated-engine.ts';
import { inSession, leftovers, listSessions, NOTHING, runFailing, runJson, startNotebook } from '../cli/notebooks.ts';
import { createSandbox, type Sandbox } from '../environment/sandbox.ts';
import { NOTEBOOK_IMAGE } from '../environment/stand-in-notebook.ts';

// A session on the folder above can replace any folder that another one mounts.

const START = /^\/containers\/[^/]+\/start$/;

let engine: GatedEngine;
let sandbox: Sandbox;
let secret: string;

beforeEach(async () => {
  engine = await startGatedEngine();
  sandbox = await createSandbox();
  sandbox.env.DOCKER_HOST = engine.url;
  secret = path.join(sandbox.home, 'secret');
  await mkdir(secret);
  await writeFile(path.join(secret, 'key'), 'of the host');
});

afterEach(async () => {
  await sandbox.cleanup();
  await engine.stop();
});

/** What a session on the folder above does: the folder is elsewhere, and a link is in its place. */
async function replaceByLink(folder: string, target = secret): Promise<void> {
  await rename(folder, `${folder}-aside`);
  await symlink(target, folder);
}

test.each(['project', 'mount'])('a %s that is replaced while its container starts is never a session', async (what) => {
  const data = path.join(sandbox.project, 'data');
  await mkdir(data);
  const start = engine.hold('POST', START);
  const mount = what === 'mount' ? ['-v', `${data}:/data`] : [];
  const running = runFailing(sandbox, ['-d', '--image', NOTEBOOK_IMAGE, ...mount]);
  await start.reached;
  const replaced = what === 'mount' ? data : sandbox.project;
  await replaceByLink(replaced);
  start.letGo();
  const { code, message } = await running;
  expect({ code, message }).toEqual({
    code: 'mount-missing',
    message: `${replaced} was replaced by something else while the session started, so ezj stopped the session.`,
  });
  expect(await leftovers(sandbox)).toEqual(NOTHING);
});

test('a project that is replaced before or during a restart is not mounted, and the session is stopped with its files', async () => {
  const { session } = await startNotebook(sandbox);
  await inSession(sandbox, ['sh', '-c', 'echo worth > /tmp/precious']);
  const start = engine.hold('POST', START);
  const restart = runFailing(sandbox, ['restart', session.name]);
  await start.reached;
  await replaceByLink(sandbox.project);
  start.letGo();
  expect(await restart).toMatchObject({
    code: 'mount-missing',
    message: expect.stringContaining('was replaced by something else while the session started'),
  });
  expect(await listSessions(sandbox)).toMatchObject([{ state: 'stopped', container: session.container }]);
  expect(await runFailing(sandbox, ['restart', session.name])).toMatchObject({
    code: 'mount-missing',
    message: `${sandbox.project} is now a link to ${secret}.`,
  });
  expect(await listSessions(sandbox)).toMatchObject([{ state: 'stopped' }]);
});

test('a folder that has a link on its way inside the container is found there', async () => {
  const data = path.join(sandbox.home, 'data');
  await mkdir(data);
  await writeFile(path.join(data, 'here'), '');
  await startNotebook(sandbox, ['-v', `${data}:/var/run/data`]);
  expect(await inSession(sandbox, ['ls', '/var/run/data'])).toBe('here');
});

test('a session of a user who is not root is verified too', async () => {
  const user = await createSandbox({ uid: 12_345 });
  user.env.DOCKER_HOST = engine.url;
  const socket = new URL(engine.url).pathname;
  await chmod(path.dirname(socket), 0o711);
  await chmod(socket, 0o666);
  try {
    const start = engine.hold('POST', START);
    const running = runFailing(user, ['-d', '--image', NOTEBOOK_IMAGE]);
    await start.reached;
    await replaceByLink(user.project);
    start.letGo();
    expect(await running).toMatchObject({ code: 'mount-missing' });
    expect(await runJson(user, ['list'])).toEqual([]);
  } finally {
    await user.cleanup();
  }
});
