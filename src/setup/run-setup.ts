import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { EzjError } from '../protocol/errors.ts';
import { pingEngine } from './ping-engine.ts';
import { type EngineReadiness, formatCommand, type SetupPlan, type SetupStep } from './plan.ts';

const LAST_LINES = 15;
const POLL_MS = 100;

/** The callbacks and the signal of a running setup. */
export interface SetupListeners {
  /** A step begins; `skipped` if it is already done. */
  onStep?: (step: SetupStep, state: { index: number; count: number; skipped: boolean }) => void;
  /** A command prints a line. */
  onOutput?: (line: string) => void;
  /** Ends the running command, and runs no further one. */
  signal?: AbortSignal;
}

/**
 * Runs the steps of a plan in order. If a step fails, the earlier ones keep their effect, and a new plan continues from there.
 * Throws `setup-failed` with the command, its exit code and its last lines, or `cancelled`.
 */
export async function runSetup(plan: SetupPlan, { onStep, onOutput, signal }: SetupListeners = {}): Promise<void> {
  const count = plan.steps.length;
  for (const [index, step] of plan.steps.entries()) {
    throwIfCancelled(signal);
    // The installation of the package may have started the engine.
    const skipped = step.ready !== undefined && (await engineAnswers(step.ready, step.sudo));
    onStep?.(step, { index, count, skipped });
    if (skipped) continue;
    await runCommand(step, { onOutput, signal });
    if (step.ready !== undefined) await waitForEngine(step, step.ready, signal);
  }
}

async function runCommand({ command }: SetupStep, { onOutput, signal }: SetupListeners): Promise<void> {
  const { execa } = await import('execa');
  const [file = '', ...args] = command;
  // Never SIGKILL: a killed package manager leaves a partial installation.
  const child = execa(file, args, {
    stdin: 'inherit',
    all: true,
    reject: false,
    cancelSignal: signal,
    forceKillAfterDelay: false,
  });
  const lines: string[] = [];
  for await (const line of child.iterable({ from: 'all' })) {
    lines.push(line);
    onOutput?.(line);
  }
  const result = await child;
  throwIfCancelled(signal);
  if (!result.failed) return;
  const how =
    result.exitCode === undefined
      ? (result.originalMessage ?? `ended by ${result.signal}`)
      : `exit code ${result.exitCode}`;
  throw failed({
    message: `${formatCommand(command)} failed: ${how}`,
    details: lines.slice(-LAST_LINES),
    cause: result,
  });
}

async function waitForEngine(step: SetupStep, ready: EngineReadiness, signal?: AbortSignal): Promise<void> {
  const end = Date.now() + ready.deadlineMs;
  while (!(await engineAnswers(ready, step.sudo))) {
    throwIfCancelled(signal);
    if (Date.now() > end) {
      const message = `The engine did not answer on ${ready.socket} within ${ready.deadlineMs / 1000} s of ${formatCommand(step.command)}`;
      throw failed({ message, details: readLastLines(ready.log) });
    }
    await delay(POLL_MS);
  }
}

async function engineAnswers({ socket }: EngineReadiness, sudo: boolean): Promise<boolean> {
  const state = await pingEngine(socket);
  // Membership of the group begins with the next login. Until then, only root can ask.
  return state === 'answers' || (state === 'forbidden' && sudo && (await pingAsRoot(socket)));
}

async function pingAsRoot(socket: string): Promise<boolean> {
  const { execa } = await import('execa');
  const script = `require('http').get({socketPath:${JSON.stringify(socket)},path:'/_ping'},(r)=>process.exit(r.statusCode===200?0:1)).on('error',()=>process.exit(1))`;
  const { exitCode } = await execa('sudo', [process.execPath, '-e', script], {
    reject: false,
    stdio: ['inherit', 'ignore', 'ignore'],
  });
  return exitCode === 0;
}

function readLastLines(path: string | undefined): string[] {
  if (path === undefined) return [];
  try {
    const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
    return [...lines.slice(-LAST_LINES), `(the end of ${path})`];
  } catch (error) {
    return [`${path} cannot be read: ${(error as Error).message}`];
  }
}

function failed({ message, details, cause }: { message: string; details: string[]; cause?: unknown }): EzjError {
  const hint =
    'Run that command yourself to see more, then run `ezj setup` again: it continues from there. If you cannot use sudo, ask your administrator to run it';
  return new EzjError({ code: 'setup-failed', message, hint, details, cause });
}

function throwIfCancelled(signal?: AbortSignal): void {
  if (signal?.aborted) throw new EzjError({ code: 'cancelled', message: 'The setup was cancelled' });
}
