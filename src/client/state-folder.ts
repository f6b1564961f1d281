import { accessSync, appendFileSync, chmodSync, constants, mkdirSync, type Stats, statSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { EzjError } from '../protocol/errors.ts';
import { type DaemonPaths, defaultStateDir } from '../protocol/paths.ts';

/**
 * Creates the state folder if it is missing, for this user only.
 * @throws `state-unwritable` if it cannot be written, or if others could write to it
 */
export function prepareStateDir({ stateDir, log }: DaemonPaths): void {
  try {
    const made = mkdirSync(stateDir, { recursive: true, mode: 0o700 });
    if (made === undefined) refuseSharedDir(stateDir);
    // Checked here, because the lock would take a file that it cannot create for the lock of another process.
    accessSync(stateDir, constants.W_OK);
    appendFileSync(log, '', { mode: 0o600 });
  } catch (error) {
    if (error instanceof EzjError) throw error;
    throw unwritable(stateDir, error);
  }
}

/**
 * Checks that only this user can have made a socket, before each connection. A call holds the user's environment, and
 * what answers it is believed.
 * @throws `state-unwritable` if the socket or its folder belongs to another user, or if others can write to the folder
 */
export function refuseForeignSocket(socket: string): void {
  if (process.getuid === undefined) return;
  const folder = path.dirname(socket);
  const found = statIfThere(folder);
  if (found === undefined) return;
  refuseForeign(found, `The state folder ${folder}`);
  if ((found.mode & 0o022) !== 0) throw openToOthers(folder);
  const file = statIfThere(socket);
  if (file) refuseForeign(file, `The socket ${socket}`);
}

/** The error for a state folder that the user must change. */
export function unwritable(stateDir: string, cause: unknown): EzjError {
  return new EzjError({
    code: 'state-unwritable',
    message: `ezj cannot write to its state folder ${stateDir}: ${(cause as Error).message}`,
    hint: 'Make the folder writable for you, or set EZJ_STATE_DIR to another one.',
    cause,
  });
}

/** Anyone who can write to the folder could pose as the daemon. ezj does not change a folder that the user chose. */
function refuseSharedDir(stateDir: string): void {
  if (process.getuid === undefined) return;
  const found = statSync(stateDir);
  refuseForeign(found, `The state folder ${stateDir}`);
  if ((found.mode & 0o077) === 0) return;
  if (stateDir !== defaultStateDir()) throw openToOthers(stateDir);
  chmodSync(stateDir, 0o700);
}

function refuseForeign({ uid }: Stats, subject: string): void {
  if (uid === process.getuid?.()) return;
  throw new EzjError({
    code: 'state-unwritable',
    message: `${subject} belongs to another user (uid ${uid})`,
    hint: 'Set EZJ_STATE_DIR to a folder of your own',
  });
}

function openToOthers(stateDir: string): EzjError {
  return new EzjError({
    code: 'state-unwritable',
    message: `The state folder ${stateDir} is open to other users`,
    hint: `chmod 700 ${stateDir}, or set EZJ_STATE_DIR to a folder that does not exist yet`,
  });
}

/** Undefined also for a file that cannot be reached: then no connection comes about either. */
function statIfThere(file: string): Stats | undefined {
  try {
    return statSync(file);
  } catch {
    return undefined;
  }
}
