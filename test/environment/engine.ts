import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The top of the checkout. */
export const ROOT = path.resolve(import.meta.dirname, '..', '..');

/** The built command line, the very file that the package ships. */
export const EZJ = path.join(ROOT, 'dist', 'ezj.cjs');

/** The socket of the real engine: `DOCKER_HOST` where it names one, Docker's own otherwise. */
export function engineSocket(env: NodeJS.ProcessEnv = process.env): string {
  return (env.DOCKER_HOST ?? 'unix:///var/run/docker.sock').replace(/^unix:\/\//, '');
}

/** Builds the images of both kinds, once a machine: what is there already takes a moment. */
export async function ensureImages(): Promise<void> {
  const stateDir = await mkdtemp(path.join(tmpdir(), 'ezj-images-'));
  const env = { ...process.env, EZJ_STATE_DIR: stateDir, EZJ_CONFIG_DIR: stateDir };
  const ezj = (...args: string[]) => run(process.execPath, [EZJ, ...args], { env, maxBuffer: 1 << 28 });
  try {
    await ezj('images', 'build', 'python', 'r', '--json');
  } finally {
    await ezj('daemon', 'stop');
    await rm(stateDir, { recursive: true, force: true });
  }
}
