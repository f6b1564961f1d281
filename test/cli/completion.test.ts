import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { EZJ } from '../environment/engine.ts';
import { createSandbox, type Sandbox } from '../environment/sandbox.ts';
import { runJson, startNotebook } from './notebooks.ts';

const run = promisify(execFile);

let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await createSandbox();
  await startNotebook(sandbox, ['--name', 'finance']);
  await writeFile(path.join(sandbox.home, 'ezj'), `#!/bin/sh\nexec '${process.execPath}' '${EZJ}' "$@"\n`, {
    mode: 0o755,
  });
  for (const name of ['report.ipynb', 'readme.txt']) await writeFile(path.join(sandbox.project, name), '');
});

afterAll(() => sandbox.cleanup());

/** What bash offers for a line whose last word is under the cursor, after `source <(ezj completion bash)`. */
async function completeInBash(...words: string[]): Promise<string[]> {
  const script = `source <(ezj completion bash)
complete -p ezj | grep -q -- '-F _ezj' || exit 1
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
_ezj
printf '%s\\n' "\${COMPREPLY[@]}"`;
  const env = { ...sandbox.env, PATH: `${sandbox.home}:${process.env.PATH}` };
  const { stdout } = await run('bash', ['--norc', '-c', script, 'bash', 'ezj', ...words], {
    cwd: sandbox.project,
    env,
  });
  return stdout.trim().split('\n').sort();
}

test.each([
  [['sto'], ['stop']],
  [
    ['daemon', 'sta'],
    ['start', 'status'],
  ],
  [['stop', ''], ['finance']],
  [
    ['config', 'set', 'limits.'],
    ['limits.memory', 'limits.pids', 'limits.shm'],
  ],
  [
    ['completion', ''],
    ['bash', 'fish', 'zsh'],
  ],
  [['--memo'], ['--memory']],
  [
    ['--stack', 'py'],
    ['pyspark', 'pytorch'],
  ],
  [
    ['--kind', 'r'],
    ['r', 'rstudio'],
  ],
  [['re'], ['report.ipynb', 'restart']],
  [
    ['--env-file', 're'],
    ['readme.txt', 'report.ipynb'],
  ],
])('bash completes %j', async (words, offered) => {
  expect(await completeInBash(...words)).toEqual(offered);
});

test('what the scripts are told ends in the kind of word that fits', async () => {
  const complete = async (...words: string[]) =>
    (await sandbox.run(['__complete', '--', ...words])).stdout.trimEnd().split('\n');
  expect(await complete('lis')).toEqual([expect.stringMatching(/^list\t./), ':projects']);
  expect(await complete('url', 'fi')).toEqual([expect.stringMatching(/^finance\trunning, \//), ':words']);
  expect(await complete('--mount', '')).toEqual([':files']);
});

test('completing starts no daemon', async () => {
  const elsewhere = { env: { EZJ_OWNER: `${sandbox.owner}-other` } };
  expect((await sandbox.run(['__complete', '--', 'stop', ''], elsewhere)).stdout).toBe(':words\n');
  expect((await sandbox.run(['__complete', '--', '--kind', 'p'], elsewhere)).stdout).toBe(
    'python\tJupyterLab with Python\n:words\n',
  );
  expect(await runJson(sandbox, ['daemon', 'status'], elsewhere)).toEqual({ running: false });
});

test.each(['zsh', 'fish'])('the script for %s asks ezj', async (shell) => {
  const { script } = await runJson<{ script: string }>(sandbox, ['completion', shell]);
  expect(script).toContain('ezj __complete -- ');
});
