import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest';
import type { Hello } from '../../src/protocol/routes.ts';
import { runFailing, runJson } from '../cli/notebooks.ts';
import { waitForEnd } from '../cli/processes.ts';
import { DISK_FULL, startFaultyEngine } from '../environment/faulty-engine.ts';
import { createSandbox, type Sandbox } from '../environment/sandbox.ts';
import { importTinyImage } from '../environment/tiny-image.ts';

let sandbox: Sandbox;

beforeEach(async () => {
  sandbox = await createSandbox();
});

afterEach(() => sandbox.cleanup());

test('an engine that is not there is named with its address, and ezj works when it has come', async () => {
  const engine = await startFaultyEngine();
  sandbox.env.DOCKER_HOST = engine.url;
  await engine.stop();
  for (const args of [['list'], ['-d'], ['images'], ['prune'], ['stop', '--all']]) {
    const failure = await runFailing(sandbox, args);
    expect(failure).toMatchObject({ exitCode: 4, code: 'engine-not-found' });
    expect(failure.message).toContain(engine.url);
  }
  expect(await runJson(sandbox, ['daemon', 'status'])).toMatchObject({ running: true });
  expect(await runJson(sandbox, ['config', 'get', 'bind'])).toMatchObject({ value: '127.0.0.1' });
});

test('what a command says without an engine fits into a few lines', async () => {
  const { exitCode, stdout, stderr } = await sandbox.run(['-d'], { env: { DOCKER_HOST: 'unix:///no/engine.sock' } });
  expect({ exitCode, stdout }).toEqual({ exitCode: 4, stdout: '' });
  expect(stderr).toMatch(
    /^ezj: The engine of DOCKER_HOST.* does not answer: .*\n {2}unix:\/\/\/no\/engine\.sock: .*\n→ .*\n$/,
  );
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

test('a disk that is full during a build is named, and no image is left', async () => {
  const debian = await importTinyImage({ name: `ezj-test/${sandbox.owner}:1`, labels: [`ezj.owner=${sandbox.owner}`] });
  onTestFinished(debian.remove);
  const engine = await startFaultyEngine({
    rules: [
      { path: /^\/images\/ezj\/base:[^/]+\/json$/, fault: { kind: 'answer', status: 404, message: 'No such image' } },
      { path: /^\/build$/, fault: { kind: 'stream', lines: [{ stream: 'Step 1/9 : FROM x\n' }, DISK_FULL] } },
    ],
  });
  onTestFinished(engine.stop);
  sandbox.env.DOCKER_HOST = engine.url;
  await runJson(sandbox, ['config', 'set', 'build.debian', debian.name]);
  const failure = await runFailing(sandbox, ['images', 'build', 'base']);
  expect(failure).toMatchObject({ exitCode: 6, code: 'disk-full', hint: expect.stringContaining('ezj prune') });
  expect(failure.message).toContain('no space left on device');
  expect(engine.calls.filter((call) => call === 'POST /build')).toHaveLength(1);
});

test('a daemon without a session ends after the idle time of the configuration', async () => {
  await runJson(sandbox, ['config', 'set', 'daemon.idleMinutes', '0.01']);
  await sandbox.run(['daemon', 'stop']);
  const { pid } = await runJson<Hello>(sandbox, ['daemon', 'start']);
  await waitForEnd(pid);
  expect(await runJson(sandbox, ['daemon', 'status'])).toEqual({ running: false });
  const { lines } = await runJson<{ lines: string[] }>(sandbox, ['daemon', 'logs']);
  expect(lines.at(-2)).toMatch(/closing: idle for 0\.01 minutes$/);
});
