import { spawn } from 'node:child_process';
import { onTestFinished } from 'vitest';
import type { Sandbox } from '../environment/sandbox.ts';

/** A shell script on a terminal of its own, which util-linux's `script` makes: its keys are typed, its screen is read. */
export function openTerminal({ project, env }: Sandbox, command: string) {
  const child = spawn('script', ['-qefc', command, '/dev/null'], {
    cwd: project,
    env: { ...env, TERM: 'xterm', SHELL: '/bin/sh' },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill());
  let screen = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    screen += text;
  });
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  return {
    type: (keys: string) => child.stdin.write(keys),
    ended,
    screen: () => screen,
    waitFor: (pattern: RegExp) =>
      new Promise<RegExpMatchArray>((resolve, reject) => {
        const look = () => {
          const match = screen.match(pattern);
          if (match) resolve(match);
        };
        child.stdout.on('data', look);
        child.on('close', () => reject(new Error(`It ended without ${pattern}:\n${screen}`)));
        look();
      }),
  };
}
