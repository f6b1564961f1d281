import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import type { ImageSummary } from '../../src/protocol/image.ts';

const run = promisify(execFile);

/** The top of the checkout. */
export const ROOT = path.resolve(import.meta.dirname, '..', '..');

/** The built command line, the very file that the package ships. */
export const EZJ = path.join(ROOT, 'dist', 'ezj.cjs');

/** The socket of the real engine: `DOCKER_HOST` where it names one, Docker's own otherwise. */
export function engineSocket(env: NodeJS.ProcessEnv = process.env): string {
  return (env.DOCKER_HOST ?? 'unix:///var/run/docker.sock').replace(/^unix:\/\//, '');
}

/** References of ezj's own images that others are built on: the smallest one, and the one with R. */
export interface OwnImages {
  base: string;
  r: string;
}

/** Builds ezj's own images, once a machine: what is there already takes a moment. */
export async function ensureImages(): Promise<OwnImages> {
  const stateDir = await mkdtemp(path.join(tmpdir(), 'ezj-images-'));
  const env = { ...process.env, EZJ_STATE_DIR: stateDir, EZJ_CONFIG_DIR: stateDir };
  const ezj = (...args: string[]) => run(process.execPath, [EZJ, ...args], { env, maxBuffer: 1 << 28 });
  try {
    const { stdout } = await ezj('images', 'build', 'base', 'python', 'r', '--json');
    const [base, , r] = (JSON.parse(stdout) as ImageSummary[]).map(({ reference }) => reference);
    if (base === undefined || r === undefined) throw new Error('`ezj images build` does not name each image');
    return { base, r };
  } finally {
    await ezj('daemon', 'stop');
    await rm(stateDir, { recursive: true, force: true });
  }
}
