import {
  accessSync,
  appendFileSync,
  chmodSync,
  closeSync,
  constants,
  mkdirSync,
  openSync,
  readFileSync,
  statSync,
} from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { EzjError } from '../protocol/errors.ts';
import { absoluteFolders, type DaemonPaths, defaultStateDir } from '../protocol/paths.ts';
import { isConnectionLost, isNobodyThere } from './connection-errors.ts';
import { readText, send } from './request.ts';
import { requestOf } from './typed-call.ts';

const DEADLINE_MS = 20_000;

/** Longer than the daemon gives the calls that it cancels as it closes. */
const CLOSE_DEADLINE_MS = 10_000;

/** Longer than whoever holds the lock may take. */
const LOCK_DEADLINE_MS = DEADLINE_MS + CLOSE_DEADLINE_MS + 5_000;
const LOCK_POLL_MS = 50;

/** HTTP 426: the daemon is older than the command line and asks to be replaced; it has done nothing. */
export const UPGRADE_REQUIRED = 426;

/**
 * Starts the daemon, in place of an older one where there is one, and resolves when it answers `hello`. Only the holder of
 * the start-up lock ends and spawns one; whoever comes second finds the first one's daemon when the lock is free again.
 * @throws `state-unwritable`, `daemon-not-stopped`; `daemon-not-started`, with the end of its log where there is one
 */
export async function startDaemon(paths: DaemonPaths): Promise<void> {
  prepareStateDir(paths);
  const release = await takeStartLock(paths);
  try {
    const status = await askHello(paths);
    if (status === UPGRADE_REQUIRED) await closeDaemon(paths);
    if (status !== 200) await spawnAndWait(paths);
  } finally {
    await release();
  }
}

async function takeStartLock({ stateDir, log }: DaemonPaths): Promise<() => Promise<void>> {
  // By its default: split bundles give a CommonJS package no other name.
  const {
    default: { lock },
  } = await import('proper-lockfile');
  try {
    return await lock(stateDir, {
      lockfilePath: path.join(stateDir, 'start.lock'),
      stale: 5000,
      retries: {
        retries: LOCK_DEADLINE_MS / LOCK_POLL_MS,
        factor: 1,
        minTimeout: LOCK_POLL_MS,
        maxTimeout: LOCK_POLL_MS,
      },
    });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ELOCKED') throw unwritable(stateDir, error);
    throw new EzjError({
      code: 'daemon-not-started',
      message: `Another ezj has been starting the daemon for ${LOCK_DEADLINE_MS / 1000} s`,
      hint: `Try again; the daemon's log is ${log}`,
      cause: error,
    });
  }
}

/**
 * Asks the daemon to close, and resolves when it does not listen any more. Does nothing where there is none.
 * @throws `daemon-not-stopped` where it has not closed in time
 */
export async function closeDaemon(paths: DaemonPaths): Promise<void> {
  const deadline = AbortSignal.timeout(CLOSE_DEADLINE_MS);
  try {
    await readText(await send(paths.socket, { ...requestOf('POST /v1/daemon/stop', {}), signal: deadline }));
  } catch (error) {
    if (isNobodyThere(error)) return;
    if (!isConnectionLost(error) && !deadline.aborted) throw error;
  }
  while (await stillListens(paths)) {
    if (deadline.aborted) throw notStopped(paths);
    await delay(20);
  }
}

/** Whatever else than a refused connection comes back, somebody is there. */
async function stillListens(paths: DaemonPaths): Promise<boolean> {
  try {
    return (await askHello(paths)) !== undefined;
  } catch {
    return true;
  }
}

function notStopped(paths: DaemonPaths): EzjError {
  return new EzjError({
    code: 'daemon-not-stopped',
    message: `The ezj daemon still listens ${CLOSE_DEADLINE_MS / 1000} s after the request to close.`,
    hint: `End its process yourself: its log has the process ID, ${paths.log}`,
    details: lastLogLines(paths, 5),
  });
}

/** The status with which a daemon answers `hello`; undefined where none listens. */
async function askHello(paths: DaemonPaths): Promise<number | undefined> {
  try {
    const answer = await send(paths.socket, { ...requestOf('GET /v1/hello', {}), signal: AbortSignal.timeout(5000) });
    await readText(answer);
    return answer.statusCode;
  } catch (error) {
    if (isNobodyThere(error)) return undefined;
    throw error;
  }
}

async function answersHello(paths: DaemonPaths): Promise<boolean> {
  try {
    return (await askHello(paths)) === 200;
  } catch (error) {
    // It ended as it was asked: how, its own end tells.
    if (isConnectionLost(error)) return false;
    throw error;
  }
}

function prepareStateDir({ stateDir, log }: DaemonPaths): void {
  try {
    const made = mkdirSync(stateDir, { recursive: true, mode: 0o700 });
    if (made === undefined) refuseSharedDir(stateDir);
    // Looked at here, because whoever waits for the lock would take what it cannot make for somebody else's.
    accessSync(stateDir, constants.W_OK);
    appendFileSync(log, '', { mode: 0o600 });
  } catch (error) {
    if (error instanceof EzjError) throw error;
    throw unwritable(stateDir, error);
  }
}

function unwritable(stateDir: string, cause: unknown): EzjError {
  return new EzjError({
    code: 'state-unwritable',
    message: `ezj cannot write to its state folder ${stateDir}: ${(cause as Error).message}`,
    hint: 'Make the folder writable for you, or set EZJ_STATE_DIR to another one.',
    cause,
  });
}

/** Whoever can write to the folder could be the daemon. A folder that the user chose is not ezj's to change. */
function refuseSharedDir(stateDir: string): void {
  const self = process.getuid?.();
  if (self === undefined) return;
  const { uid, mode } = statSync(stateDir);
  if (uid !== self) {
    throw new EzjError({
      code: 'state-unwritable',
      message: `The state folder ${stateDir} belongs to another user (uid ${uid})`,
      hint: 'Set EZJ_STATE_DIR to a folder of your own',
    });
  }
  if ((mode & 0o077) === 0) return;
  if (stateDir !== defaultStateDir()) {
    throw new EzjError({
      code: 'state-unwritable',
      message: `The state folder ${stateDir} is open to other users`,
      hint: `chmod 700 ${stateDir}, or set EZJ_STATE_DIR to a folder that does not exist yet`,
    });
  }
  chmodSync(stateDir, 0o700);
}

/** The daemon waits most of its life: memory counts for more than speed. Takes some 10 MB less. */
const SMALL = ['--max-semi-space-size=1', '--optimize-for-size'];

/** As does glibc with one heap for all threads, by as much again. */
const ONE_ARENA = { MALLOC_ARENA_MAX: '1' };

async function spawnAndWait(paths: DaemonPaths): Promise<void> {
  const { spawn } = await import('node:child_process');
  const log = openSync(paths.log, 'a', 0o600);
  const child = spawn(process.execPath, [...SMALL, path.join(__dirname, 'daemon.cjs')], {
    detached: true,
    stdio: ['ignore', log, log],
    // The daemon works in another folder, where relative paths would mean something else.
    env: { ...process.env, ...ONE_ARENA, EZJ_STATE_DIR: paths.stateDir, ...absoluteFolders() },
    cwd: path.parse(process.cwd()).root,
    windowsHide: true,
  });
  closeSync(log);
  const exited = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => resolve(`it ended with ${signal ?? `exit code ${code}`}`));
  });
  child.unref();
  const stop = new AbortController();
  const failure = await Promise.race([pollHello(paths, stop.signal), exited]);
  // The polling would keep the command alive that has nothing to wait for any more.
  stop.abort();
  // A daemon that finds another one listening leaves with 0: then the other one answers.
  if (failure === undefined || (await answersHello(paths))) return;
  throw new EzjError({
    code: 'daemon-not-started',
    message: `The ezj daemon did not start: ${failure}`,
    hint: `Its log is ${paths.log}`,
    details: lastLogLines(paths),
  });
}

async function pollHello(paths: DaemonPaths, signal: AbortSignal): Promise<string | undefined> {
  const deadline = Date.now() + DEADLINE_MS;
  while (Date.now() < deadline && !signal.aborted) {
    if (await answersHello(paths)) return undefined;
    await delay(15);
  }
  return `it did not answer within ${DEADLINE_MS / 1000} s`;
}

/** The last lines of the daemon's log, for an error message. */
export function lastLogLines({ log }: DaemonPaths, count = 10): string[] {
  try {
    return readFileSync(log, 'utf8').trimEnd().split('\n').slice(-count);
  } catch {
    return [];
  }
}
