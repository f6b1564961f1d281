import { spawn } from 'node:child_process';
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest';
import { EZJ } from '../environment/engine.ts';
import { request } from '../environment/engine-api.ts';
import { createSandbox, type Sandbox } from '../environment/sandbox.ts';
import { askServer, baseImage, leftovers, listSessions, runJson } from './notebooks.ts';
import { waitForEnd } from './processes.ts';

let sandbox: Sandbox;
let ezj: string;

beforeEach(async () => {
  sandbox = await createSandbox();
  ezj = `'${process.execPath}' '${EZJ}' --no-open --image ${await baseImage(sandbox)}`;
});

afterEach(() => sandbox.cleanup());

/** A shell script on a terminal of its own, which util-linux's `script` makes: its keys are typed, its screen is read. */
function openTerminal(command: string) {
  const child = spawn('script', ['-qefc', command, '/dev/null'], {
    cwd: sandbox.project,
    env: { ...sandbox.env, TERM: 'xterm', SHELL: '/bin/sh' },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill());
  let screen = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    screen += text;
  });
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  return {
    type: (keys: string) => child.stdin.write(keys),
    ended,
    screen: () => screen,
    waitFor: (pattern: RegExp) =>
      new Promise<RegExpMatchArray>((resolve, reject) => {
        const look = () => {
          const match = screen.match(pattern);
          if (match) resolve(match);
        };
        child.stdout.on('data', look);
        child.on('close', () => reject(new Error(`It ended without ${pattern}:\n${screen}`)));
        look();
      }),
  };
}

const READY = /(http:\/\/\S+token=\w+)[\s\S]*Ctrl-C stops it, d lets go/;

test('Ctrl-C stops the session and removes its container; the terminal is as it was', async () => {
  const terminal = openTerminal(`stty -g; ${ezj}; echo "exit $?"; stty -g`);
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

test('d lets go, and the session goes on', async () => {
  const terminal = openTerminal(ezj);
  const [, url = ''] = await terminal.waitFor(READY);
  terminal.type('d');
  expect(await terminal.ended).toBe(0);
  expect(terminal.screen()).toContain('project goes on');
  expect(await askServer(url)).toBe(200);
});

test('a session that is stopped elsewhere ends the attachment', async () => {
  const terminal = openTerminal(ezj);
  await terminal.waitFor(READY);
  await sandbox.run(['stop']);
  expect(await terminal.ended).toBe(0);
  expect(terminal.screen()).toContain('project has ended');
});

test('a session that fails ends the attachment with its exit code', async () => {
  const terminal = openTerminal(ezj);
  await terminal.waitFor(READY);
  const [session] = await listSessions(sandbox);
  await request({ method: 'POST', path: `/containers/${session?.container}/kill` });
  expect(await terminal.ended).toBe(7);
  expect(terminal.screen()).toContain('has ended with exit code 137');
});

test('an attachment outlives its daemon', async () => {
  const terminal = openTerminal(ezj);
  await terminal.waitFor(READY);
  const { pid } = await runJson<{ pid: number }>(sandbox, ['daemon', 'status']);
  process.kill(pid, 'SIGKILL');
  await waitForEnd(pid);
  terminal.type('\x03');
  await terminal.waitFor(/project is stopped/);
  expect(await terminal.ended).toBe(0);
  expect((await leftovers(sandbox)).containers).toEqual([]);
});
