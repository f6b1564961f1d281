import { chmodSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { EzjError } from '../protocol/errors.ts';
import { defaultStateDir } from '../protocol/paths.ts';

/** A folder of ezj's own, and how to remove it. */
export interface PrivateFolder {
  folder: string;
  remove: () => void;
}

/**
 * Makes an empty folder for git to work in, in the state folder: no session can write to it, and no other user. Also
 * removes what an ezj that was killed has left there.
 * @throws `state-unwritable`
 */
export function makePrivateFolder(env: NodeJS.ProcessEnv): PrivateFolder {
  const stateDir = path.resolve(env.EZJ_STATE_DIR || defaultStateDir());
  try {
    mkdirSync(path.join(stateDir, 'clones'), { recursive: true, mode: 0o700 });
    const own = realpathSync.native(stateDir);
    // The daemon does the same. ezj does not change a folder that the user chose.
    if (stateDir === defaultStateDir() && isOwn(own)) chmodSync(own, 0o700);
    const clones = path.join(own, 'clones');
    for (const folder of [own, clones]) refuseShared(folder);
    removeLeftovers(clones);
    const folder = mkdtempSync(path.join(clones, `${os.hostname()}-${process.pid}-`));
    const removeFolder = () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    // Also works if a second Ctrl-C ends ezj at once.
    process.once('exit', removeFolder);
    const remove = () => {
      removeFolder();
      process.off('exit', removeFolder);
    };
    return { folder, remove };
  } catch (cause) {
    if (cause instanceof EzjError) throw cause;
    throw unwritable(stateDir, (cause as Error).message, cause);
  }
}

function isOwn(folder: string): boolean {
  const stat = lstatSync(folder);
  return stat.isDirectory() && stat.uid === (process.getuid?.() ?? stat.uid);
}

function refuseShared(folder: string): void {
  if (isOwn(folder) && (process.platform === 'win32' || (lstatSync(folder).mode & 0o022) === 0)) return;
  throw unwritable(folder, 'others can write to it, or it is not a folder of yours');
}

/** A process of another machine that shares the folder is left alone. */
function removeLeftovers(clones: string): void {
  const own = `${os.hostname()}-`;
  for (const name of readdirSync(clones)) {
    const pid = name.startsWith(own) ? /^(\d+)-/.exec(name.slice(own.length))?.[1] : undefined;
    if (pid === undefined || isRunning(Number(pid))) continue;
    rmSync(path.join(clones, name), { recursive: true, force: true });
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

function unwritable(folder: string, why: string, cause?: unknown): EzjError {
  return new EzjError({
    code: 'state-unwritable',
    message: `ezj cannot clone in its state folder ${folder}: ${why}`,
    hint: 'Make it a folder that only you can write to, or set EZJ_STATE_DIR to another one.',
    cause,
  });
}
