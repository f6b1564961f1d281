import { accessSync, constants, existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { userInfo } from 'node:os';
import { delimiter, join } from 'node:path';
import { type EngineState, pingEngine } from './ping-engine.ts';

/** Docker's default socket. */
export const ENGINE_SOCKET = '/var/run/docker.sock';

const STALE_LISTS_MS = 24 * 60 * 60 * 1000;

/** The facts that a plan depends on, from the machine or from a test. */
export interface Host {
  platform: NodeJS.Platform;
  uid: number;
  user: string;
  /** Names of the groups in /etc/group that list the user. */
  groups: string[];
  /** `ID` and `ID_LIKE` of /etc/os-release, most specific first. */
  systems: string[];
  /** The system's display name, `PRETTY_NAME`. */
  systemName: string;
  /** The name of process 1. */
  init: string;
  engine: EngineState;
  /** Whether a command exists, in PATH or in the system's folders for root. */
  hasCommand: (name: string) => boolean;
  hasFile: (path: string) => boolean;
  /** Whether a terminal for a password is available. */
  terminal: boolean;
  /** Whether sudo works without a password. */
  passwordlessSudo: boolean;
  /** Whether the package lists of apt are missing or older than a day. */
  staleLists: boolean;
  /** Whether dpkg has an interrupted installation to finish first. */
  interruptedInstall: boolean;
  /** The first ID after every range in /etc/subuid and /etc/subgid, if the user has no range there. */
  freeSubordinateId?: number;
  /** PID files of an ended engine whose process ID another process now has. */
  stalePidFiles: string[];
}

/** Reads the facts that a plan depends on. Runs only `sudo -n true`. */
export async function inspectHost({
  platform,
  env,
  uid,
}: {
  platform: NodeJS.Platform;
  env: NodeJS.ProcessEnv;
  uid: number;
}): Promise<Host> {
  const release = readRelease();
  const user = uid === 0 ? 'root' : userInfo().username;
  const hasCommand = (name: string) => isCommand(name, env.PATH ?? '');
  const base = { platform, uid, user, hasCommand, hasFile: existsSync, terminal: hasTerminal() };
  const systems = [release.ID, ...(release.ID_LIKE ?? '').split(' ')].filter(
    (name) => name !== undefined && name !== '',
  ) as string[];
  return {
    ...base,
    systems,
    systemName: release.PRETTY_NAME ?? platform,
    groups: readGroups(user),
    init: readFile('/proc/1/comm').trim(),
    engine: platform === 'linux' ? await pingEngine(ENGINE_SOCKET) : 'silent',
    passwordlessSudo: uid !== 0 && hasCommand('sudo') && (await sudoIsOpen()),
    staleLists: listsAreStale(),
    interruptedInstall: listFiles('/var/lib/dpkg/updates').length > 0,
    freeSubordinateId: findFreeSubordinateId({ user, uid }),
    stalePidFiles: [
      stalePidFile('/var/run/docker.pid', 'dockerd'),
      stalePidFile('/var/run/docker/containerd/containerd.pid', 'containerd'),
    ].filter((path) => path !== undefined),
  };
}

function readRelease(): Record<string, string> {
  const lines = readFile('/etc/os-release').matchAll(/^([A-Z_]+)=(["']?)(.*)\2$/gm);
  return Object.fromEntries([...lines].map(([, key, , value]) => [key, value]));
}

// On Debian, dockerd and iptables are in /usr/sbin, which is not in an ordinary user's PATH.
function isCommand(name: string, path: string): boolean {
  return [...path.split(delimiter), '/usr/sbin', '/sbin', '/usr/bin'].some((folder) =>
    isExecutable(join(folder, name)),
  );
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

// sudo asks on the controlling terminal, whatever stdin is.
function hasTerminal(): boolean {
  try {
    accessSync('/dev/tty', constants.R_OK);
    return process.stdin.isTTY === true || process.stderr.isTTY === true;
  } catch {
    return false;
  }
}

async function sudoIsOpen(): Promise<boolean> {
  const { execa } = await import('execa');
  const { exitCode } = await execa('sudo', ['-n', 'true'], { reject: false, stdio: 'ignore' });
  return exitCode === 0;
}

function readGroups(user: string): string[] {
  const entries = readFile('/etc/group')
    .split('\n')
    .map((line) => line.split(':'));
  return entries.filter((entry) => entry[3]?.split(',').includes(user)).map(([name]) => name ?? '');
}

function findFreeSubordinateId({ user, uid }: { user: string; uid: number }): number | undefined {
  const files = ['/etc/subuid', '/etc/subgid'].map((path) => readFile(path).split('\n').map(readRange));
  const hasRange = files.every((ranges) => ranges.some(({ owner }) => owner === user || owner === String(uid)));
  return hasRange ? undefined : Math.max(100_000, ...files.flat().map(({ end }) => end));
}

function readRange(line: string): { owner: string; end: number } {
  const [owner = '', first, count] = line.split(':');
  return { owner, end: Number(first ?? 0) + Number(count ?? 0) };
}

function listsAreStale(): boolean {
  const folder = '/var/lib/apt/lists';
  if (!listFiles(folder).some((name) => /_Packages(\.\w+)?$/.test(name))) return true;
  return Date.now() - statSync(folder).mtimeMs > STALE_LISTS_MS;
}

// dockerd does not start while any process has the ID in its PID file, and takes any such process for its containerd.
function stalePidFile(path: string, command: string): string | undefined {
  const pid = readFile(path).trim();
  if (pid === '' || !existsSync(`/proc/${pid}`)) return undefined;
  return readFile(`/proc/${pid}/comm`).trim() === command ? undefined : path;
}

function listFiles(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function readFile(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
