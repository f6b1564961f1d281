import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { SetupPlan, SetupStep } from '../../../src/setup/plan.ts';
import { runSetup } from '../../../src/setup/run-setup.ts';

let folder: string;
let server: Server | undefined;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ezj-setup-'));
});

afterEach(async () => {
  server?.close();
  server = undefined;
  await rm(folder, { recursive: true });
});

function plan(...steps: Array<Partial<SetupStep> & { command: string[] }>): SetupPlan {
  const complete = steps.map((step) => ({ title: 'a step', why: 'a test', sudo: false, ...step }));
  return { reason: 'a test', steps: complete, notes: [], needsNewLogin: false };
}

function answerPings(socket: string): Promise<void> {
  server = createServer((_, response) => response.end('OK'));
  return new Promise((resolve) => server?.listen(socket, resolve));
}

test('steps run in order and their lines are passed on', async () => {
  const lines: string[] = [];
  await runSetup(
    plan({ command: ['echo', 'one'] }, { command: ['sh', '-c', 'echo two >&2'] }, { command: ['printf', 'three'] }),
    {
      onOutput: (line) => lines.push(line),
    },
  );
  expect(lines).toEqual(['one', 'two', 'three']);
});

test('a failure names the command, its exit code and its last lines, and nothing runs after it', async () => {
  const lines: string[] = [];
  const running = runSetup(plan({ command: ['sh', '-c', 'echo why; exit 7'] }, { command: ['echo', 'after'] }), {
    onOutput: (line) => lines.push(line),
  });
  await expect(running).rejects.toMatchObject({
    code: 'setup-failed',
    message: "sh -c 'echo why; exit 7' failed: exit code 7",
    details: ['why'],
  });
  expect(lines).toEqual(['why']);
});

test('a command that is not there is a failure', async () => {
  const running = runSetup(plan({ command: [join(folder, 'missing')] }));
  await expect(running).rejects.toMatchObject({ code: 'setup-failed', message: expect.stringContaining('ENOENT') });
});

test('an abort ends the running command and the setup', async () => {
  const cancel = new AbortController();
  const running = runSetup(
    plan({ command: ['sh', '-c', 'echo up; exec sleep 60'] }, { command: ['touch', join(folder, 'x')] }),
    {
      onOutput: () => cancel.abort(),
      signal: cancel.signal,
    },
  );
  await expect(running).rejects.toMatchObject({ code: 'cancelled' });
});

test('a start is skipped where the engine answers already', async () => {
  const socket = join(folder, 'engine.sock');
  await answerPings(socket);
  const states: boolean[] = [];
  await runSetup(plan({ command: ['false'], ready: { socket, deadlineMs: 0 } }), {
    onStep: (_, { skipped }) => states.push(skipped),
  });
  expect(states).toEqual([true]);
});

test('a start is waited for', async () => {
  const socket = join(folder, 'engine.sock');
  const running = runSetup(plan({ command: ['echo', 'started'], ready: { socket, deadlineMs: 10_000 } }), {
    onOutput: () => void answerPings(socket),
  });
  await expect(running).resolves.toBeUndefined();
});

test('an engine that never answers is a failure with the end of its log', async () => {
  const log = join(folder, 'engine.log');
  const ready = { socket: join(folder, 'engine.sock'), log, deadlineMs: 0 };
  const running = runSetup(plan({ command: ['sh', '-c', `echo 'no cgroups here' >'${log}'`], ready }));
  await expect(running).rejects.toMatchObject({
    code: 'setup-failed',
    message: expect.stringContaining('did not answer'),
    details: ['no cgroups here', `(the end of ${log})`],
  });
});
