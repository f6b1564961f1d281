import { readFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import envPaths from 'env-paths';
import { EzjError } from './errors.ts';

/** Where one daemon keeps what it has. */
export interface DaemonPaths {
  /** Folder of socket, log and lock; 0700. */
  stateDir: string;
  /** Unix socket, or named pipe on Windows. */
  socket: string;
  log: string;
}

/** Folder of the user's configuration file. `EZJ_CONFIG_DIR` overrides it. */
export function configDir(env: NodeJS.ProcessEnv = process.env): string {
  return path.resolve(env.EZJ_CONFIG_DIR || envPaths('ezj', { suffix: '' }).config);
}

/** Folder of the daemon where `EZJ_STATE_DIR` names no other. */
export function defaultStateDir(): string {
  return envPaths('ezj', { suffix: '' }).log;
}

/**
 * The paths of the daemon for this user and this engine. `EZJ_STATE_DIR` overrides the folder.
 * @throws `state-unwritable` when the socket's path is longer than the system takes: Node would cut it in silence.
 */
export function daemonPaths(env: NodeJS.ProcessEnv = process.env): DaemonPaths {
  const stateDir = path.resolve(env.EZJ_STATE_DIR || defaultStateDir());
  const name = `daemon${engineSuffix(env)}`;
  const log = path.join(stateDir, `${name}.log`);
  if (process.platform === 'win32') {
    const id = shortHash(`${os.userInfo().username} ${stateDir} ${name}`, 16);
    return { stateDir, socket: `\\\\.\\pipe\\ezj-${id}`, log };
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
  return { stateDir, socket, log };
}

/** Tells engines apart: empty for the default one, a short hash of `DOCKER_HOST` or the docker context otherwise. */
function engineSuffix(env: NodeJS.ProcessEnv): string {
  const engine = env.DOCKER_HOST ? env.DOCKER_HOST : `context ${env.DOCKER_CONTEXT || currentContext(env)}`;
  if (engine === 'context default') return '';
  return `-${shortHash(engine, 8)}`;
}

function currentContext(env: NodeJS.ProcessEnv): string {
  const folder = env.DOCKER_CONFIG ?? path.join(os.homedir(), '.docker');
  try {
    return JSON.parse(readFileSync(path.join(folder, 'config.json'), 'utf8')).currentContext || 'default';
  } catch {
    // No file, or one that only the engine's part of ezj has to complain about.
    return 'default';
  }
}

function shortHash(text: string, length: number): string {
  // Loaded here, because loading it takes longer than all the rest of this file and the usual engine needs no hash.
  const { createHash } = process.getBuiltinModule('node:crypto');
  return createHash('sha256').update(text).digest('hex').slice(0, length);
}
