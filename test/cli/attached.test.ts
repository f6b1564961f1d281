import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, expect, onTestFinished, test } from 'vitest';
import { EZJ } from '../environment/engine.ts';
import { request } from '../environment/engine-api.ts';
import { createSandbox, type Sandbox } from '../environment/sandbox.ts';
import { NOTEBOOK_IMAGE } from '../environment/stand-in-notebook.ts';
import { type GatedEngine, startGatedEngine } from './gated-engine.ts';
import { askServer, leftovers, listSessions, runJson } from './notebooks.ts';
import { waitForEnd } from './processes.ts';
import { openTerminal } from './terminal.ts';

let sandbox: Sandbox;
let ezj: string;

beforeAll(async () => {
  sandbox = await createSandbox();
  ezj = `'${process.execPath}' '${EZJ}' --no-open --image ${NOTEBOOK_IMAGE}`;
});

afterEach(() => sandbox.reset());

afterAll(() => sandbox.cleanup());

const READY = /(http:\/\/\S+token=\w+)[\s\S]*Ctrl-C stops it, d detaches/;

test('Ctrl-C stops the session and removes its container; the terminal is as it was', async () => {
  const terminal = openTerminal(sandbox, `stty -g; ${ezj}; echo "exit $?"; stty -g`);
  const [, url = ''] = await terminal.waitFor(READY);
  expect(await askServer(url)).toBe(200);
  terminal.type('\x03');
  await terminal.waitFor(/project is stopped/);
  await terminal.ended;
  expect(terminal.screen()).toContain('exit 0');
  const modes = [...terminal.screen().matchAll(/^[0-9a-f]+(?::[0-9a-f]+){10,}/gm)].map(([mode]) => mode);
  expect(modes).toHaveLength(2);
  expect(modes[0]).toBe(modes[1]);
  expect((await leftovers(sandbox)).containers).toEqual([]);
});

test('d detaches, and the session keeps running', async () => {
  const terminal = openTerminal(sandbox, ezj);
  const [, url = ''] = await terminal.waitFor(READY);
  await terminal.waitFor(
    /o opens the browser[\s\S]*when you close the terminal, it keeps running. To stop it: ezj stop project/,
  );
  terminal.type('d');
  expect(await terminal.ended).toBe(0);
  expect(terminal.screen()).toContain('project keeps running');
  expect(await askServer(url)).toBe(200);
});

test('after a question that was answered with yes, Ctrl-Z suspends and Ctrl-C stops', async () => {
  await writeFile(path.join(sandbox.project, 'ezj.yaml'), 'passEnv: [LANG]\n');
  const terminal = openTerminal(sandbox, `set -m; ${ezj}; echo suspended; fg`);
  await terminal.waitFor(/Do you agree\? \[y\/N\] /);
  terminal.type('y\r');
  await terminal.waitFor(/Ctrl-C stops it/);
  terminal.type('\x1a');
  // What answers a key is ezj again: until then, Ctrl-C would be the shell's.
  terminal.type('o');
  await terminal.waitFor(/suspended[\s\S]*ezj\.cjs[\s\S]*No browser opened/);
  terminal.type('\x03');
  expect(await terminal.ended).toBe(0);
  expect(terminal.screen()).toContain('project is stopped');
});

test('a session that is stopped elsewhere ends the attachment', async () => {
  const terminal = openTerminal(sandbox, ezj);
  await terminal.waitFor(READY);
  await sandbox.run(['stop']);
  expect(await terminal.ended).toBe(0);
  expect(terminal.screen()).toContain('project has ended');
});

test('a session that fails ends the attachment with its exit code', async () => {
  const terminal = openTerminal(sandbox, ezj);
  await terminal.waitFor(READY);
  const [session] = await listSessions(sandbox);
  await request({ method: 'POST', path: `/containers/${session?.container}/kill` });
  expect(await terminal.ended).toBe(7);
  expect(terminal.screen()).toContain('has ended with exit code 137');
});

test('an attachment outlives its daemon', async () => {
  const terminal = openTerminal(sandbox, ezj);
  await terminal.waitFor(READY);
  const { pid } = await runJson<{ pid: number }>(sandbox, ['daemon', 'status']);
  process.kill(pid, 'SIGKILL');
  await waitForEnd(pid);
  terminal.type('\x03');
  await terminal.waitFor(/project is stopped/);
  expect(await terminal.ended).toBe(0);
  expect((await leftovers(sandbox)).containers).toEqual([]);
});

/** A user whose calls to the engine can be held. */
async function openGated(): Promise<{ engine: GatedEngine; user: Sandbox }> {
  const engine = await startGatedEngine();
  const user = await createSandbox();
  user.env.DOCKER_HOST = engine.url;
  onTestFinished(async () => {
    await user.cleanup();
    await engine.stop();
  });
  return { engine, user };
}

test('a second Ctrl-C does not wait for the grace of the first one', async () => {
  const { engine, user } = await openGated();
  const terminal = openTerminal(user, ezj);
  await terminal.waitFor(READY);
  const stop = engine.hold('POST', /^\/containers\/[^/]+\/stop$/);
  terminal.type('\x03');
  await stop.reached;
  terminal.type('\x03');
  await terminal.waitFor(/At once[\s\S]*project is stopped/);
  expect((await leftovers(user)).containers).toEqual([]);
  stop.letGo();
  expect(await terminal.ended).toBe(0);
});

test('a third Ctrl-C leaves at once', async () => {
  const { engine, user } = await openGated();
  const terminal = openTerminal(user, ezj);
  await terminal.waitFor(READY);
  const stops = [1, 2].map(() => engine.hold('POST', /^\/containers\/[^/]+\/stop$/));
  for (const stop of stops) {
    terminal.type('\x03');
    await stop.reached;
  }
  terminal.type('\x03');
  expect(await terminal.ended).toBe(130);
  for (const stop of stops) stop.letGo();
});

test.each([
  ['SIGHUP', 129],
  ['SIGTERM', 143],
] as const)('%s detaches, and the session keeps running', async (signal, exitCode) => {
  const terminal = openTerminal(sandbox, `echo "pid $$"; exec ${ezj}`);
  const [, url = ''] = await terminal.waitFor(READY);
  process.kill(Number(/pid (\d+)/.exec(terminal.screen())?.[1]), signal);
  expect(await terminal.ended).toBe(exitCode);
  expect(terminal.screen()).toContain('project keeps running');
  expect(await askServer(url)).toBe(200);
});
