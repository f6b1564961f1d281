import os from 'node:os';
import path from 'node:path';
import envPaths from 'env-paths';
import { EzjError } from './errors.ts';
import { namedEngine } from './named-engine.ts';

/** Where one daemon keeps what it has. */
export interface DaemonPaths {
  /** Folder of socket, log and lock; 0700. */
  stateDir: string;
  /** Unix socket, or named pipe on Windows. */
  socket: string;
  log: string;
  /** File with what is known of environments. */
  environments: string;
  /** File with when home folders were used. */
  homes: string;
}

/** Folder of the user's configuration file. `EZJ_CONFIG_DIR` overrides it. */
export function configDir(env: NodeJS.ProcessEnv = process.env): string {
  return path.resolve(env.EZJ_CONFIG_DIR || envPaths('ezj', { suffix: '' }).config);
}

/** Folder of the daemon where `EZJ_STATE_DIR` names no other. */
export function defaultStateDir(): string {
  return envPaths('ezj', { suffix: '' }).log;
}

/** The folders that a daemon finds in its environment, as absolute paths: it works in another folder than its callers. */
export function absoluteFolders(env: NodeJS.ProcessEnv = process.env): Record<string, string> {
  const folders: Record<string, string> = {};
  for (const name of ['EZJ_CONFIG_DIR', 'DOCKER_CONFIG']) if (env[name]) folders[name] = path.resolve(env[name]);
  return folders;
}

/**
 * The paths of the daemon for this user and this environment. `EZJ_STATE_DIR` overrides the folder.
 * @throws `state-unwritable` when the socket's path is longer than the system takes: Node would cut it in silence.
 */
export function daemonPaths(env: NodeJS.ProcessEnv = process.env): DaemonPaths {
  const stateDir = path.resolve(env.EZJ_STATE_DIR || defaultStateDir());
  const suffix = suffixOf(env);
  const name = `daemon${suffix}`;
  const log = path.join(stateDir, `${name}.log`);
  const environments = path.join(stateDir, `environments${suffix}.json`);
  const homes = path.join(stateDir, `homes${suffix}.json`);
  if (process.platform === 'win32') {
    const id = shortHash(`${os.userInfo().username} ${stateDir} ${name}`);
    return { stateDir, socket: `\\\\.\\pipe\\ezj-${id}`, log, environments, homes };
  }
  const socket = path.join(stateDir, `${name}.sock`);
  // sun_path of sockaddr_un: 108 bytes with the final NUL on Linux, 104 on macOS and the BSDs.
  const limitBytes = process.platform === 'linux' ? 107 : 103;
  if (Buffer.byteLength(socket) > limitBytes) {
    throw new EzjError({
      code: 'state-unwritable',
      message: `The socket path ${socket} is longer than the ${limitBytes} bytes that the system accepts.`,
      hint: 'Set EZJ_STATE_DIR to a shorter folder of your own, such as EZJ_STATE_DIR=$HOME/.ezj',
    });
  }
  return { stateDir, socket, log, environments, homes };
}

/**
 * Tells daemons apart by what their environment fixes for all of their callers: the engine, whose sessions they show, and
 * where the configuration is. Empty in the usual case, in which nothing of it is set; a short hash otherwise.
 */
function suffixOf(env: NodeJS.ProcessEnv): string {
  const fixed = [
    namedEngine(env),
    env.EZJ_OWNER && `EZJ_OWNER=${env.EZJ_OWNER}`,
    ...Object.entries(absoluteFolders(env)).map(([name, folder]) => `${name}=${folder}`),
  ].filter((part) => part);
  return fixed.length === 0 ? '' : `-${shortHash(fixed.join('\0'))}`;
}

/** FNV-1a, 32 bits: enough to tell a user's few daemons apart, and node's own hashes take 4 ms to load. */
function shortHash(text: string): string {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, '0');
}
