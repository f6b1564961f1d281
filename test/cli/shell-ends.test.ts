import { readFile } from 'node:fs/promises';
import http, { type IncomingMessage } from 'node:http';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest';
import { EZJ, engineSocket } from '../environment/engine.ts';
import { createSandbox, type Sandbox } from '../environment/sandbox.ts';
import { type GatedEngine, startGatedEngine } from './gated-engine.ts';
import { inSession, startNotebook } from './notebooks.ts';
import { openTerminal } from './terminal.ts';

let engine: GatedEngine;
let sandbox: Sandbox;
let container: string;

beforeEach(async () => {
  engine = await startGatedEngine();
  sandbox = await createSandbox();
  sandbox.env.DOCKER_HOST = engine.url;
  container = (await startNotebook(sandbox)).session.container;
});

afterEach(async () => {
  await sandbox.cleanup();
  await engine.stop();
});

/** Watches the commands that are run in the container: `ended` resolves when the first one that starts from now on has ended. */
async function watchCommands(): Promise<{ ended: Promise<unknown> }> {
  const filters = JSON.stringify({ container: [container], event: ['exec_start', 'exec_die'] });
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    const path = `/events?${new URLSearchParams({ filters })}`;
    http.get({ socketPath: engineSocket(), path, agent: false }, resolve).on('error', reject);
  });
  onTestFinished(() => void answer.destroy());
  answer.on('error', () => {});
  let first: string | undefined;
  const ended = new Promise<void>((resolve) => {
    createInterface(answer).on('line', (line) => {
      const { Action, Actor } = JSON.parse(line) as { Action: string; Actor: { Attributes: { execID: string } } };
      first ??= Actor.Attributes.execID;
      if (Action === 'exec_die' && Actor.Attributes.execID === first) resolve();
    });
  });
  return { ended };
}

test('a command on pipes ends with who has called it', async () => {
  const commands = await watchCommands();
  const running = sandbox.start(['shell', '--', 'sh', '-c', 'echo begun; exec sleep 1000']);
  await running.waitFor(/begun/);
  process.kill(running.pid, 'SIGKILL');
  await commands.ended;
});

test('what a command has started, and a command that does not read its input, end with it', async () => {
  const commands = await watchCommands();
  const input = 'unread\n'.repeat(1_000_000);
  const running = sandbox.start(
    ['shell', '--', 'sh', '-c', 'sleep 1000 & echo $! > child; echo begun; sleep 1000; :'],
    {
      input,
    },
  );
  await running.waitFor(/begun/);
  process.kill(running.pid, 'SIGINT');
  await commands.ended;
  const alive = 'grep -qs "^State:[[:space:]]*[^Z]" "/proc/$(cat child)/status" && echo alive || echo gone';
  expect(await inSession(sandbox, ['sh', '-c', alive])).toBe('gone');
});

test('a command on a terminal ends with it', async () => {
  const commands = await watchCommands();
  const ezj = `exec '${process.execPath}' '${EZJ}' shell -- sh -c 'tty; exec sleep 1000'`;
  const screen = openTerminal(sandbox, `echo $$ > "$HOME/pid"; ${ezj}`);
  await screen.waitFor(/pts/);
  process.kill(Number(await readFile(path.join(sandbox.home, 'pid'), 'utf8')), 'SIGKILL');
  await commands.ended;
});

test("ctrl-c on a terminal is the command's", async () => {
  const ezj = `'${process.execPath}' '${EZJ}' shell -- sh -c 'trap "exit 5" INT; tty; sleep 1000'`;
  const screen = openTerminal(sandbox, ezj);
  await screen.waitFor(/pts/);
  screen.type('\x03');
  expect(await screen.ended).toBe(5);
});

test('what was made to outlive the terminal goes on', async () => {
  const commands = await watchCommands();
  const script =
    'setsid sh -c "echo \\$\\$ > survivor; exec sleep 1000" & while [ ! -s survivor ]; do :; done; echo begun; wait';
  const running = sandbox.start(['shell', '--', 'sh', '-c', script]);
  await running.waitFor(/begun/);
  process.kill(running.pid, 'SIGKILL');
  await commands.ended;
  expect(await inSession(sandbox, ['sh', '-c', 'kill -0 "$(cat survivor)" && echo alive'])).toBe('alive');
});

test('a daemon that is stopped ends the shells that it serves', async () => {
  const commands = await watchCommands();
  const running = sandbox.start(['shell', '--', 'sh', '-c', 'echo begun; exec sleep 1000']);
  await running.waitFor(/begun/);
  await sandbox.run(['daemon', 'stop']);
  await commands.ended;
  // It asks the next daemon for the exit code: that one is to be there before everything is cleared away.
  await running.ended;
});

test('whoever hangs up before the terminal is open leaves no command', async () => {
  const commands = await watchCommands();
  const open = engine.hold('POST', /^\/containers\/[^/]+\/exec$/);
  const running = sandbox.start(['shell', '--', 'sleep', '1000']);
  await open.reached;
  process.kill(running.pid, 'SIGKILL');
  await running.ended;
  open.letGo();
  await commands.ended;
});

test('a daemon that is stopped before the terminal is open leaves no command', async () => {
  const commands = await watchCommands();
  const open = engine.hold('POST', /^\/containers\/[^/]+\/exec$/);
  const running = sandbox.start(['shell', '--', 'sleep', '1000']);
  await open.reached;
  await sandbox.run(['daemon', 'stop']);
  await running.ended;
  open.letGo();
  await commands.ended;
});
