import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { time } from './measure.mjs';

const root = path.resolve(import.meta.dirname, '..');

/** The built command line. */
export const EZJ = path.join(root, 'dist', 'ezj.cjs');

const CERTIFICATES = ['NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE', 'REQUESTS_CA_BUNDLE', 'CURL_CA_BUNDLE'];

/** A separate state folder, settings and owner for a benchmark. Removes everything at the end. */
export function openWorld() {
  const folder = mkdtempSync(path.join(tmpdir(), 'ezj-bench-'));
  // Per world, because one process compares several worlds.
  const owner = `bench-${randomBytes(6).toString('hex')}`;
  // Extra certificates cost every node process about 60 ms, and ezj passes them to a session, unlike `docker run`.
  const environment = Object.fromEntries(Object.entries(process.env).filter(([name]) => !CERTIFICATES.includes(name)));
  const env = {
    ...environment,
    EZJ_STATE_DIR: path.join(folder, 'state'),
    EZJ_CONFIG_DIR: path.join(folder, 'config'),
    EZJ_OWNER: owner,
  };
  const run = (...args) => time(process.execPath, [EZJ, ...args], { env, cwd: folder });

  function project(name) {
    const dir = path.join(folder, name);
    mkdirSync(dir, { recursive: true });
    return dir;
  }

  async function close() {
    await run('daemon', 'stop');
    const label = `label=ezj.owner=${owner}`;
    for (const [list, remove] of [
      [
        ['ps', '-aq', '--filter', label],
        ['rm', '-f', '-v'],
      ],
      [
        ['volume', 'ls', '-q', '--filter', label],
        ['volume', 'rm'],
      ],
      [
        ['image', 'ls', '-q', '--filter', label],
        ['image', 'rm', '-f'],
      ],
    ]) {
      const { stdout } = await time('docker', list);
      if (stdout) await time('docker', [...remove, ...stdout.split('\n')]);
    }
    rmSync(folder, { recursive: true, force: true });
  }

  return { env, owner, folder, project, run, close };
}
