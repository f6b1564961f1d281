import { spawn } from 'node:child_process';
import { cp, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import http from 'node:http';
import path from 'node:path';
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest';
import type { Hello } from '../../src/protocol/daemon.ts';
import { VERSION } from '../../src/protocol/version.ts';
import { runFailing, runJson } from '../cli/notebooks.ts';
import { waitForEnd } from '../cli/processes.ts';
import { ROOT } from '../environment/engine.ts';
import { createSandbox, type Sandbox } from '../environment/sandbox.ts';

const OLD = '0.0.1';

let sandbox: Sandbox;

beforeEach(async () => {
  sandbox = await createSandbox();
});

afterEach(() => sandbox.cleanup());

/** The built ezj, but of an older version; gives the path of its command line. */
async function makeOldEzj(): Promise<string> {
  const folder = path.join(sandbox.home, 'old');
  const dist = path.join(folder, 'dist');
  await mkdir(folder);
  await cp(path.join(ROOT, 'dist'), dist, { recursive: true });
  await symlink(path.join(ROOT, 'images'), path.join(folder, 'images'));
  for (const name of (await readdir(dist)).filter((each) => each.endsWith('.cjs'))) {
    const text = await readFile(path.join(dist, name), 'utf8');
    await writeFile(path.join(dist, name), text.replaceAll(`"${VERSION}"`, `"${OLD}"`));
  }
  return path.join(dist, 'ezj.cjs');
}

async function runOld<Result>(ezj: string, args: string[]): Promise<Result> {
  const child = spawn(process.execPath, [ezj, ...args, '--json'], { env: sandbox.env, stdio: 'pipe' });
  return JSON.parse(Buffer.concat(await child.stdout.toArray()).toString());
}

test('an older daemon is replaced by the first command of a newer ezj', async () => {
  const old = await runOld<Hello>(await makeOldEzj(), ['daemon', 'start']);
  expect(old.version).toBe(OLD);
  expect(await runJson(sandbox, ['list'])).toEqual([]);
  const now = await runJson<Hello>(sandbox, ['daemon', 'status']);
  expect(now).toMatchObject({ running: true, version: VERSION });
  expect(now.pid).not.toBe(old.pid);
  await waitForEnd(old.pid);
});

test('many commands of a newer ezj at the same moment replace an older daemon once', async () => {
  await runOld<Hello>(await makeOldEzj(), ['daemon', 'start']);
  const answers = await Promise.all(Array.from({ length: 6 }, () => runJson<Hello>(sandbox, ['daemon', 'start'])));
  expect(new Set(answers.map(({ pid, version }) => `${version} ${pid}`)).size).toBe(1);
  expect(answers[0]?.version).toBe(VERSION);
});

test('a newer daemon serves an older ezj of the same protocol', async () => {
  const ezj = await makeOldEzj();
  const { pid } = await runJson<Hello>(sandbox, ['daemon', 'start']);
  expect(await runOld(ezj, ['list'])).toEqual([]);
  expect(await runJson(sandbox, ['daemon', 'status'])).toMatchObject({ pid });
});

test('a newer daemon with a newer protocol is named, and can be stopped', async () => {
  const asked: string[] = [];
  // Stands in for a daemon of the future, of which nothing is known but its headers.
  const future = http.createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    response.setHeader('ezj-version', '99.0.0').setHeader('ezj-protocol', '99').end('{}');
    if (request.url === '/v1/daemon/stop') future.close();
  });
  await new Promise<void>((resolve) => future.listen(sandbox.socket, resolve));
  onTestFinished(() => void future.close());
  const failure = await runFailing(sandbox, ['list']);
  expect(failure).toMatchObject({ exitCode: 8, code: 'daemon-newer' });
  expect(failure.message).toContain(`is ezj 99.0.0, this command is ezj ${VERSION}`);
  expect(failure.hint).toContain('ezj daemon stop');
  expect((await sandbox.run(['daemon', 'stop'])).exitCode).toBe(0);
  expect(asked).toContain('POST /v1/daemon/stop');
  expect(await runJson(sandbox, ['list'])).toEqual([]);
});
