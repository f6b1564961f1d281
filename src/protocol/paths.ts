import os from 'node:os';
import path from 'node:path';
import envPaths from 'env-paths';
import { EzjError } from './errors.ts';
import { namedEngine } from './named-engine.ts';

/** The files and folders of one daemon. */
export interface DaemonPaths {
  /** Folder of socket, log and lock; 0700. */
  stateDir: string;
  /** Unix socket, or named pipe on Windows. */
  socket: string;
  log: string;
  /** File with the records of environments. */
  environments: string;
  /** File with the last uses of home folders. */
  homes: string;
}

/** Folder of the user's configuration file. `EZJ_CONFIG_DIR` overrides it. */
export function configDir(env: NodeJS.ProcessEnv = process.env): string {
  return path.resolve(env.EZJ_CONFIG_DIR || envPaths('ezj', { suffix: '' }).config);
}

/** Default folder of the daemon. `EZJ_STATE_DIR` overrides it. */
export function defaultStateDir(): string {
  return envPaths('ezj', { suffix: '' }).log;
}

/** The folders in a daemon's environment, as absolute paths, because the daemon's working folder differs from its callers'. */
export function absoluteFolders(env: NodeJS.ProcessEnv = process.env): Record<string, string> {
  const folders: Record<string, string> = {};
  for (const name of ['EZJ_CONFIG_DIR', 'DOCKER_CONFIG']) if (env[name]) folders[name] = path.resolve(env[name]);
  return folders;
}

/**
 * The paths of the daemon for this user and this environment. `EZJ_STATE_DIR` overrides the folder.
 * @throws `state-unwritable` if the socket's path is longer than the system allows, because Node would truncate it silently
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
 * Distinguishes daemons by the settings that apply to all of their callers: the engine, the owner and the folder of the
 * configuration. Empty if none of these is set, otherwise a short hash.
 */
function suffixOf(env: NodeJS.ProcessEnv): string {
  const fixed = [
    namedEngine(env),
    env.EZJ_OWNER && `EZJ_OWNER=${env.EZJ_OWNER}`,
    ...Object.entries(absoluteFolders(env)).map(([name, folder]) => `${name}=${folder}`),
  ].filter((part) => part);
  return fixed.length === 0 ? '' : `-${shortHash(fixed.join('\0'))}`;
}

/** FNV-1a, 32 bits: enough for a user's few daemons. Node's own hashes take 4 ms to load. */
function shortHash(text: string): string {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, '0');
}
