import { readFileSync } from 'node:fs';
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Hello } from '../../src/protocol/daemon.ts';
import type { Session, SessionAccess } from '../../src/protocol/session.ts';
import { buildImage } from '../cli/derived-image.ts';
import { type Failure, leftovers, listSessions, runFailing, runJson } from '../cli/notebooks.ts';
import { createSandbox, type Sandbox } from '../environment/sandbox.ts';
import { NOTEBOOK_IMAGE } from '../environment/stand-in-notebook.ts';

/** What the daemon may take at most. It takes 80 MB where nobody attacks it. */
const MOST_MB = 160;

let owner: Sandbox;
let sandbox: Sandbox;
let image: string;

beforeAll(async () => {
  owner = await createSandbox();
  image = await buildImage(owner, { folder: 'hostile-notebook', args: { BASE: NOTEBOOK_IMAGE } });
  return () => owner.cleanup();
});

beforeEach(async () => {
  sandbox = await createSandbox();
  await runJson<Hello>(sandbox, ['daemon', 'start']);
});

afterEach(async () => {
  const peakMb = await daemonPeakMb().finally(sandbox.cleanup);
  expect(peakMb).toBeLessThan(MOST_MB);
});

/** The most memory that the daemon has had, which is still the one that has started. */
async function daemonPeakMb(): Promise<number> {
  const { pid } = await runJson<Hello>(sandbox, ['daemon', 'status']);
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) / 1000;
}

const attackWith = (attack: string) => ['-d', '--image', image, '-e', `ATTACK=${attack}`];

/** A start that has to fail, and to leave nothing behind, while the daemon answers others. */
async function startAndFail(args: string[]): Promise<Failure & { seconds: number }> {
  const begin = performance.now();
  const failing = runFailing(sandbox, args).then((failure) => ({
    ...failure,
    seconds: (performance.now() - begin) / 1000,
  }));
  await expect(listSessions(sandbox)).resolves.toBeInstanceOf(Array);
  const failure = await failing;
  expect(failure.message).not.toContain('\n');
  expect(await listSessions(sandbox)).toEqual([]);
  expect(await leftovers(sandbox)).toMatchObject({ containers: [], volumes: [] });
  return failure;
}

test('an answer without an end to the sign-in of RStudio ends the start at once', async () => {
  const trap = { image, port: 8888, signIn: 'rstudio', user: 'ann', secret: 'PASSWORD', url: '/' };
  const kinds = { trap: { ...trap, ready: { path: '/auth-public-key' } } };
  await runJson(sandbox, ['config', 'set', 'kinds', JSON.stringify(kinds)]);
  const failure = await startAndFail(['-d', '--kind', 'trap', '-e', 'ATTACK=flood']);
  expect(failure).toMatchObject({ code: 'answer-too-long', exitCode: 7 });
  expect(failure.message).toMatch(
    /^The answer of the server on 127\.0\.0\.1:\d+ to \/auth-public-key is longer than 8 KiB\.$/,
  );
});

test('answers without an end to all that ezj asks of Jupyter cost no memory', async () => {
  const { session } = await runJson<SessionAccess>(sandbox, attackWith('flood'));
  for (let turn = 0; turn < 3; turn += 1) {
    const sessions = await runJson<Session[]>(sandbox, ['list', '--activity']);
    expect(sessions.map(({ name, lastActivity }) => [name, lastActivity])).toEqual([[session.name, undefined]]);
  }
});

test('a server that sends a byte now and then gets the time of ready.timeoutSeconds', async () => {
  await runJson(sandbox, ['config', 'set', 'ready.timeoutSeconds', '4']);
  const failure = await startAndFail(attackWith('drip'));
  expect(failure).toMatchObject({ code: 'session-not-ready', exitCode: 7 });
  expect(failure.message).toContain('within 4 s');
});

test('a command in the session that prints without an end ends the start', async () => {
  const failure = await startAndFail(attackWith('exec'));
  expect(failure).toMatchObject({ code: 'answer-too-long', exitCode: 7 });
  expect(failure.message).toContain('is longer than 1 MiB');
});

test('a runtime file leads nowhere else', async () => {
  await runJson(sandbox, ['config', 'set', 'ready.timeoutSeconds', '4']);
  const failure = await startAndFail(attackWith('foreign'));
  expect(failure).toMatchObject({ code: 'server-foreign', exitCode: 7 });
  expect(JSON.stringify(failure)).not.toContain('evil.example');
});

test('a log controls no terminal, whatever it is printed to', async () => {
  await runJson(sandbox, attackWith('logs'));
  const { stdout } = await sandbox.run(['logs']);
  expect(stdout).toBe('first second rm -rf /\nls \ufffdgnp.exered\n');
  const coloured = await sandbox.run(['logs'], { env: { FORCE_COLOR: '1' } });
  expect(coloured.stdout).toContain('\x1b[31mred\n\x1b[0m');
  const json = await sandbox.run(['logs', '--json']);
  expect(json.stdout).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]/);
  expect(JSON.parse(json.stdout).lines.join('')).toContain('\u202egnp.exe');
});
