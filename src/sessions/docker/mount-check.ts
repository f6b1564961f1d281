import { closeSync, constants, fstatSync, lstatSync, openSync, readlinkSync, realpathSync } from 'node:fs';
import { lstat, readFile, readlink } from 'node:fs/promises';
import path from 'node:path';
import type { ContainerDetails, Engine } from '../../engine/engine.ts';
import { EzjError } from '../../protocol/errors.ts';

/** A folder or file of this machine that a container mounts. */
type BindMount = ContainerDetails['binds'][number];

/** The identity of a file: its device and inode number. */
interface FileIdentity {
  dev: bigint;
  ino: bigint;
}

/** What the sources of mounts were when they were checked, by path. */
export type CheckedMounts = Map<string, FileIdentity>;

const O_PATH = 0o10000000;

/**
 * Notes what the source of each mount is. A program in a session can replace a folder of its project by a link, which
 * the engine would follow.
 * @throws `mount-missing` if a source is gone, or leads elsewhere now
 */
export function checkSources(binds: Pick<BindMount, 'source'>[]): CheckedMounts {
  return new Map(binds.map(({ source }) => [source, identify(source)]));
}

/**
 * Compares what a container has mounted with what was checked. The engine resolves the paths again when it starts the
 * container, so a check before the start is not enough.
 * @throws `mount-missing` if it is something else
 */
export async function verifyMounts(
  engine: Engine,
  { id, pid, binds }: Pick<ContainerDetails, 'id' | 'pid' | 'binds'>,
  checked: CheckedMounts,
): Promise<void> {
  const inside = await identifyInside(engine, { id, pid, binds });
  for (const [index, { source }] of binds.entries()) {
    // Where the engine is a virtual machine, files have other numbers there.
    const found = inside === undefined ? identify(source) : inside[index];
    const expected = checked.get(source);
    if (found === undefined || found.dev !== expected?.dev || found.ino !== expected.ino) throw replaced(source);
  }
}

/** Opens the source without an effect on it, then asks the system where it is: no one can change that meanwhile. */
function identify(source: string): FileIdentity {
  if (process.platform !== 'linux') return identifyByPath(source);
  let fd: number;
  try {
    fd = openSync(source, O_PATH | constants.O_NOFOLLOW);
  } catch (cause) {
    throw moved(source, undefined, cause);
  }
  try {
    const real = readlinkSync(`/proc/self/fd/${fd}`);
    const stats = fstatSync(fd, { bigint: true });
    if (real !== source || stats.isSymbolicLink()) throw moved(source, realpathOf(source));
    return stats;
  } finally {
    closeSync(fd);
  }
}

function identifyByPath(source: string): FileIdentity {
  const real = realpathOf(source);
  if (real !== source) throw moved(source, real);
  return lstatSync(source, { bigint: true });
}

function realpathOf(source: string): string | undefined {
  try {
    return realpathSync(source);
  } catch {
    return undefined;
  }
}

/**
 * The identity of each mount as the container has it. Undefined if this machine does not see the container's processes.
 * Asks the system and not the container, in which nothing can be trusted.
 */
async function identifyInside(
  engine: Engine,
  { id, pid, binds }: Pick<ContainerDetails, 'id' | 'pid' | 'binds'>,
): Promise<(FileIdentity | undefined)[] | undefined> {
  if (!(await isProcessOf(pid, id))) return undefined;
  try {
    return await Promise.all(binds.map(({ target }) => lookInside(`/proc/${pid}/root`, target)));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // An init that runs as root belongs to root, not to this user.
    if (code === 'EACCES' || code === 'EPERM') return askInside(engine, id, binds);
    return binds.map(() => undefined);
  }
}

/** As many links as the system follows. */
const MOST_LINKS = 40;

/** Follows links as the container does: an absolute one begins at its root. */
async function lookInside(root: string, target: string): Promise<FileIdentity> {
  let left = target.split('/').filter(Boolean);
  let at = '/';
  for (let links = 0; links <= MOST_LINKS; ) {
    const stats = await lstat(root + at, { bigint: true });
    if (stats.isSymbolicLink()) {
      const to = path.posix.resolve(path.posix.dirname(at), await readlink(root + at));
      left = [...to.split('/').filter(Boolean), ...left];
      at = '/';
      links++;
    } else if (left.length === 0) return stats;
    else at = path.posix.join(at, left.shift() ?? '');
  }
  throw new Error('too many links');
}

/** Whether the process ID of a container is that of this machine. A virtual machine has its own. */
async function isProcessOf(pid: number, container: string): Promise<boolean> {
  const groups = await readFile(`/proc/${pid}/cgroup`, 'utf8').catch(() => '');
  return groups.includes(container);
}

async function askInside(engine: Engine, id: string, binds: BindMount[]): Promise<(FileIdentity | undefined)[]> {
  const targets = binds.map(({ target }) => target);
  const { output } = await engine.exec(id, { cmd: ['stat', '-L', '-c', '%d %i', '--', ...targets] });
  const lines = output.trim().split('\n');
  return targets.map((_, index) => {
    const [, dev, ino] = /^(\d+) (\d+)$/.exec(lines[index] ?? '') ?? [];
    return dev && ino ? { dev: BigInt(dev), ino: BigInt(ino) } : undefined;
  });
}

function moved(source: string, real: string | undefined, cause?: unknown): EzjError {
  return new EzjError({
    code: 'mount-missing',
    message: real && real !== source ? `${source} is now a link to ${real}.` : `${source} no longer exists.`,
    hint: 'Check what happened to it. To start a new session, run `ezj stop --discard`, then `ezj` with the mounts that you want.',
    cause,
  });
}

function replaced(source: string): EzjError {
  return new EzjError({
    code: 'mount-missing',
    message: `${source} was replaced by something else while the session started, so ezj stopped the session.`,
    hint: 'A program that can write to the folder above it does this, such as another session. Stop that, then try again.',
  });
}
