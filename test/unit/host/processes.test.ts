import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { isRunning, processIdentity } from '../../../src/host/processes.ts';

test('this process runs, and its identity begins with its number', () => {
  const identity = processIdentity(process.pid) ?? '';
  expect(identity).toMatch(new RegExp(`^${process.pid}(-\\d+)?$`));
  expect(isRunning(identity)).toBe(true);
});

test('another process that has the number by now is not the same one', () => {
  expect(isRunning(`${process.pid}-1`)).toBe(false);
});

test.each(['', 'x', '0', '-1'])('%j is no process', (identity) => {
  expect(isRunning(identity)).toBe(false);
});

test('a process that has ended and was not waited for does not run', async () => {
  // The shell's child is a zombie until the shell ends, because `exec` has put there a program that waits for no child.
  const parent = spawn('sh', ['-c', 'sleep 100 & echo $!; exec sleep 100'], { stdio: ['ignore', 'pipe', 'ignore'] });
  try {
    const [line] = (await once(parent.stdout, 'data')) as [Buffer];
    const child = Number(line);
    const identity = processIdentity(child) ?? '';
    expect(isRunning(identity)).toBe(true);
    while (nameOf(parent.pid) !== 'sleep') await new Promise(setImmediate);
    process.kill(child, 'SIGKILL');
    while (stateOf(child) !== 'Z') await new Promise(setImmediate);
    expect(processIdentity(child)).toBeUndefined();
    expect(isRunning(identity)).toBe(false);
  } finally {
    parent.kill('SIGKILL');
  }
});

function nameOf(pid: number | undefined): string {
  return readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
}

function stateOf(pid: number): string {
  return readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /s, '')[0] ?? '';
}
