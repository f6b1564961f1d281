import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest';
import type { Hello } from '../../src/protocol/daemon.ts';
import { buildImage } from '../cli/derived-image.ts';
import { startGatedEngine } from '../cli/gated-engine.ts';
import { baseImage, leftovers, listSessions, runFailing, runJson, startNotebook } from '../cli/notebooks.ts';
import { waitForEnd } from '../cli/processes.ts';
import { request } from '../environment/engine-api.ts';
import { startFaultyEngine } from '../environment/faulty-engine.ts';
import { createSandbox, type Sandbox } from '../environment/sandbox.ts';

let sandbox: Sandbox;

beforeEach(async () => {
  sandbox = await createSandbox();
});

afterEach(() => sandbox.cleanup());

test('an engine that is not there is named with its address, and ezj works when it has come', async () => {
  const engine = await startGatedEngine();
  onTestFinished(engine.stop);
  sandbox.env.DOCKER_HOST = engine.url;
  await engine.cut();
  for (const args of [['list'], ['-d'], ['images'], ['prune'], ['stop', '--all']]) {
    const failure = await runFailing(sandbox, args);
    expect(failure).toMatchObject({ exitCode: 4, code: 'engine-not-found' });
    expect(failure.message).toContain(engine.url);
  }
  const before = await runJson<Hello>(sandbox, ['daemon', 'status']);
  expect(before).toMatchObject({ running: true });
  expect(await runJson(sandbox, ['config', 'get', 'bind'])).toMatchObject({ value: '127.0.0.1' });
  await engine.restore();
  await startNotebook(sandbox);
  expect(await listSessions(sandbox)).toEqual([expect.objectContaining({ name: 'project', state: 'running' })]);
  // By the daemon that found none: nobody has to start anything anew.
  expect(await runJson<Hello>(sandbox, ['daemon', 'status'])).toMatchObject({ pid: before.pid });
});

test('what a command says without an engine fits into a few lines', async () => {
  const { exitCode, stdout, stderr } = await sandbox.run(['-d'], { env: { DOCKER_HOST: 'unix:///no/engine.sock' } });
  expect({ exitCode, stdout }).toEqual({ exitCode: 4, stdout: '' });
  expect(stderr).toMatch(
    /^ezj: The engine of DOCKER_HOST.* does not answer: .*\n {2}unix:\/\/\/no\/engine\.sock: .*\n→ .*\n$/,
  );
});

test.each([
  { DOCKER_HOST: 'unix:///no/engine.sock' },
  { CONTAINER_HOST: 'unix:///no/engine.sock' },
  { DOCKER_CONTEXT: 'no-such-context' },
])('no engine is set up where %j names one', async (env) => {
  const { exitCode, stdout, stderr } = await sandbox.run(['-d', '--yes'], { env: { DOCKER_HOST: undefined, ...env } });
  expect({ exitCode, stdout }).toEqual({ exitCode: 4, stdout: '' });
  const [note, error] = stderr.split('\n');
  expect(note).toMatch(/^ezj does not set up an engine, because you name one: .*no/);
  expect(error).toMatch(/^ezj: /);
});

test('a user who may not use the engine is told so, and the next command after joining its group works', async () => {
  const user = await createSandbox({ uid: 1000 });
  onTestFinished(user.cleanup);
  // As node is run by it: the same user, without the group of the engine's socket.
  const outsider = path.join(user.home, 'outsider');
  const words = ['setpriv', '--reuid=1000', '--regid=1000', '--clear-groups', process.execPath];
  await writeFile(outsider, `#!/bin/sh\nexec ${words.join(' ')} "$@"\n`, { mode: 0o755 });
  const asOutsider = { uid: 0, node: outsider };
  const failure = await runFailing(user, ['list'], asOutsider);
  expect(failure).toMatchObject({ exitCode: 4, code: 'engine-permission' });
  expect(failure.hint).toContain('docker group');
  expect(await runFailing(user, ['-d'], asOutsider)).toMatchObject({ exitCode: 4, code: 'engine-permission' });
  expect(await runJson(user, ['list'])).toEqual([]);
});

test('an engine that fails is quoted', async () => {
  const engine = await startFaultyEngine();
  onTestFinished(engine.stop);
  sandbox.env.DOCKER_HOST = engine.url;
  engine.setFaults([{ path: /^\/containers\/json$/, fault: { kind: 'answer', status: 500, message: 'out of luck' } }]);
  expect(await runFailing(sandbox, ['list'])).toMatchObject({
    exitCode: 4,
    code: 'engine-failed',
    message: expect.stringContaining('out of luck'),
  });
  engine.setFaults([]);
  expect(await runJson(sandbox, ['list'])).toEqual([]);
});

test('a disk that fills up during a build is named, and neither a container nor an image is left', async () => {
  // In it install-packages, which is what takes the space, meets a device that is always full.
  const debian = await buildImage(sandbox, {
    dockerfile: `FROM ${baseImage()}\nRUN printf '#!/bin/sh\\ncat /etc/passwd > /dev/full\\n' > /bin/bash\n`,
  });
  // ezj's own image is there already: it is hidden, so that it is built.
  const fault = { kind: 'answer', status: 404, message: 'No such image' } as const;
  const engine = await startFaultyEngine({ rules: [{ path: /^\/images\/ezj\/base:[^/]+\/json$/, fault }] });
  onTestFinished(engine.stop);
  sandbox.env.DOCKER_HOST = engine.url;
  await runJson(sandbox, ['config', 'set', 'build.debian', debian]);
  const before = await leftovers(sandbox);
  const failure = await runFailing(sandbox, ['images', 'build', 'base']);
  expect(failure).toMatchObject({ exitCode: 6, code: 'disk-full', hint: expect.stringContaining('ezj prune') });
  expect(failure.details?.at(-1)).toContain('No space left on device');
  expect(await leftovers(sandbox)).toEqual(before);
  expect(await madeFrom(debian)).toEqual({ containers: [], images: [] });
});

/** Containers of an image, and images that stand on it, with a name or without. */
async function madeFrom(name: string): Promise<{ containers: string[]; images: string[] }> {
  interface Entry {
    Id: string;
    ParentId?: string;
  }
  const { Id } = (await request({ path: `/images/${name}/json` })) as Entry;
  const filters = JSON.stringify({ ancestor: [Id] });
  const containers = (await request({ path: '/containers/json', query: { all: '1', filters } })) as Entry[];
  const images = (await request({ path: '/images/json', query: { all: '1' } })) as Entry[];
  return {
    containers: containers.map((each) => each.Id),
    images: images.filter(({ ParentId }) => ParentId === Id).map((each) => each.Id),
  };
}

test('a daemon without a session ends after the idle time of the configuration', async () => {
  await runJson(sandbox, ['config', 'set', 'daemon.idleMinutes', '0.01']);
  await sandbox.run(['daemon', 'stop']);
  const { pid } = await runJson<Hello>(sandbox, ['daemon', 'start']);
  await waitForEnd(pid);
  expect(await runJson(sandbox, ['daemon', 'status'])).toEqual({ running: false });
  const { lines } = await runJson<{ lines: string[] }>(sandbox, ['daemon', 'logs']);
  expect(lines.at(-2)).toMatch(/closing: idle for 0\.01 minutes$/);
});
