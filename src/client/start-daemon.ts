import { closeSync, openSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { EzjError } from '../protocol/errors.ts';
import { absoluteFolders, type DaemonPaths } from '../protocol/paths.ts';
import { isConnectionLost, isNobodyThere } from './connection-errors.ts';
import { exchange } from './exchange.ts';
import { prepareStateDir, unwritable } from './state-folder.ts';
import { requestOf } from './typed-call.ts';

const DEADLINE_MS = 20_000;

/** Longer than the time that a closing daemon gives to the calls that it cancels. */
const CLOSE_DEADLINE_MS = 10_000;

/** Longer than a holder may keep the lock. */
const LOCK_DEADLINE_MS = DEADLINE_MS + CLOSE_DEADLINE_MS + 5_000;
const LOCK_POLL_MS = 50;

/** HTTP 426: the daemon is older than the command line and must be replaced. It did nothing. */
export const UPGRADE_REQUIRED = 426;

/**
 * Starts the daemon, which replaces an older one if necessary, and resolves when it answers `hello`. Only the holder of
 * the start-up lock ends and spawns a daemon. A second caller finds the first one's daemon when the lock is free.
 * @throws `state-unwritable`, `daemon-not-stopped`; `daemon-not-started`, with the end of its log if it has one
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
  // Through `default`, because split bundles expose a CommonJS package only there.
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
 * Asks the daemon to close, and resolves when it no longer listens. Does nothing if there is none.
 * @throws `daemon-not-stopped` if it does not close in time
 */
export async function closeDaemon(paths: DaemonPaths): Promise<void> {
  const deadline = AbortSignal.timeout(CLOSE_DEADLINE_MS);
  try {
    await exchange(paths.socket, { ...requestOf('POST /v1/daemon/stop', {}), signal: deadline });
  } catch (error) {
    if (isNobodyThere(error)) return;
    if (!isConnectionLost(error) && !deadline.aborted) throw error;
  }
  while (await stillListens(paths)) {
    if (deadline.aborted) throw notStopped(paths);
    await delay(20);
  }
}

/** Any result except a refused connection means that a process listens. */
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

/** The status of a daemon's answer to `hello`; undefined if none listens. */
async function askHello(paths: DaemonPaths): Promise<number | undefined> {
  try {
    const request = { ...requestOf('GET /v1/hello', {}), signal: AbortSignal.timeout(5000) };
    return (await exchange(paths.socket, request)).statusCode;
  } catch (error) {
    if (isNobodyThere(error)) return undefined;
    throw error;
  }
}

async function answersHello(paths: DaemonPaths): Promise<boolean> {
  try {
    return (await askHello(paths)) === 200;
  } catch (error) {
    // It ends because of the request, and its own end shows the result.
    if (isConnectionLost(error)) return false;
    throw error;
  }
}

/** The daemon mostly waits, so memory matters more than speed. This saves about 10 MB. */
const SMALL = ['--max-semi-space-size=1', '--optimize-for-size'];

/** One heap of glibc for all threads saves about as much again. */
const ONE_ARENA = { MALLOC_ARENA_MAX: '1' };

async function spawnAndWait(paths: DaemonPaths): Promise<void> {
  const { spawn } = await import('node:child_process');
  const log = openSync(paths.log, 'a', 0o600);
  const child = spawn(process.execPath, [...SMALL, path.join(__dirname, 'daemon.cjs')], {
    detached: true,
    stdio: ['ignore', log, log],
    // The daemon's working folder differs, so relative paths would have another meaning.
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
  // The polling would keep the command alive.
  stop.abort();
  // A daemon that finds another one exits with 0, and the other one answers.
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
