import { spawn } from 'node:child_process';

/** Resolves when a process that is no child of this one has ended. */
export async function waitForEnd(pid: number): Promise<void> {
  // `tail` ends when the process does.
  const tail = spawn('tail', [`--pid=${pid}`, '-f', '/dev/null'], { stdio: 'ignore' });
  await new Promise((resolve) => tail.on('exit', resolve));
}
