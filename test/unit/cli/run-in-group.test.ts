import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { runAgainInGroup } from '../../../src/cli/run-in-group.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'ezj-sg-'));
  vi.stubEnv('PATH', `${dir}:/usr/bin:/bin`);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(dir, { recursive: true });
});

test('the same command runs in the group, and its exit code is the result', async () => {
  // Stands in for the system's sg, which asks for the password of a group that the user is not in.
  writeFileSync(path.join(dir, 'sg'), `#!/bin/sh\nprintf '%s\\n' "$@" > ${dir}/seen\nexit 7\n`);
  chmodSync(path.join(dir, 'sg'), 0o755);
  expect(await runAgainInGroup('docker')).toBe(7);
  const [group, flag, command] = readFileSync(path.join(dir, 'seen'), 'utf8').split('\n');
  expect([group, flag]).toEqual(['docker', '-c']);
  expect(command).toContain(process.argv[1]);
});

test('a system without sg is no failure', async () => {
  vi.stubEnv('PATH', dir);
  expect(await runAgainInGroup('docker')).toBeUndefined();
});
