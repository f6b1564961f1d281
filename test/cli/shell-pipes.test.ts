import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { EZJ } from '../environment/engine.ts';
import { createSandbox, type Sandbox } from '../environment/sandbox.ts';
import { startNotebook } from './notebooks.ts';
import { openTerminal } from './terminal.ts';

const EZJ_FUNCTION = `ezj() { '${process.execPath}' '${EZJ}' "$@"; }`;
let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await createSandbox();
  await startNotebook(sandbox);
});

afterAll(() => sandbox.cleanup());

/** Runs a line of shell script on this machine, in the project, with `ezj` as a command. */
function script(line: string): Promise<{ exitCode: unknown; stdout: string; stderr: string }> {
  const { project: cwd, env } = sandbox;
  return new Promise((resolve) => {
    execFile('sh', ['-c', `${EZJ_FUNCTION}; ${line}`], { cwd, env, timeout: 60_000 }, (error, stdout, stderr) =>
      resolve({ exitCode: error ? (error.code ?? error.signal) : 0, stdout, stderr }),
    );
  });
}

test('a script on stdin is read to its end, and its exit code is passed on', async () => {
  await writeFile(path.join(sandbox.home, 's.py'), 'import sys\nprint(6 * 7)\nsys.exit(9)\n');
  expect(await script('ezj shell -- python3 < "$HOME/s.py"')).toEqual({ exitCode: 9, stdout: '42\n', stderr: '' });
});

test('nothing is a terminal where stdin or stdout is none', async () => {
  const asked = 'for fd in 0 1 2; do test ! -t $fd || echo $fd; done; tty';
  const answer = { exitCode: 1, stdout: 'not a tty\n', stderr: '' };
  expect(await script(`ezj shell -- sh -c '${asked}' < /dev/null`)).toEqual(answer);
  const screen = openTerminal(sandbox, `${EZJ_FUNCTION}; ezj shell -- sh -c '${asked}' | cat; echo end`);
  await screen.waitFor(/end/);
  expect(screen.screen()).toBe('not a tty\r\nend\r\n');
});

test('a terminal on both sides is one inside', async () => {
  const screen = openTerminal(sandbox, `${EZJ_FUNCTION}; ezj shell -- sh -c 'tty; exit 3'`);
  expect(await screen.ended).toBe(3);
  expect(screen.screen()).toMatch(/^\/dev\/pts\/\d+\s+$/);
});

test('a command that ends at once does not wait for keys', async () => {
  const times = 'for time in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do ezj shell -- true; done; echo end';
  await openTerminal(sandbox, `${EZJ_FUNCTION}; ${times}`).waitFor(/end/);
});

test('stderr stays apart, also in JSON', async () => {
  const both = "sh -c 'echo out; echo err >&2; exit 4'";
  expect(await script(`ezj shell -- ${both}`)).toEqual({ exitCode: 4, stdout: 'out\n', stderr: 'err\n' });
  const { exitCode, stdout, stderr } = await script(`ezj shell --json -- ${both}`);
  expect({ exitCode, stderr }).toEqual({ exitCode: 4, stderr: '' });
  const { output, ...others } = JSON.parse(stdout);
  expect(others).toEqual({ exitCode: 4, stdout: 'out\n', stderr: 'err\n' });
  expect(output.split('\n').sort()).toEqual(['', 'err', 'out']);
});

test('bytes go in and out unchanged, and output comes after the end of the input', async () => {
  const bytes = randomBytes(5_000_000);
  await writeFile(path.join(sandbox.home, 'big'), bytes);
  const sums = await script('ezj shell -- md5sum < "$HOME/big"; md5sum < "$HOME/big"');
  const [inside, here] = sums.stdout.split('\n');
  expect(inside).toBe(here);
  expect(await script('ezj shell -- cat < "$HOME/big" > "$HOME/copy"')).toMatchObject({ exitCode: 0, stderr: '' });
  expect(bytes.equals(await readFile(path.join(sandbox.home, 'copy')))).toBe(true);
});

test('a reader that has enough ends the command', async () => {
  expect(await script('ezj shell -- yes < /dev/null | head -n 2')).toEqual({
    exitCode: 0,
    stdout: 'y\ny\n',
    stderr: '',
  });
});
