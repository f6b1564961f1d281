import process from 'node:process';
import { formatCommand } from '../setup/plan.ts';

/**
 * Runs this command again with a group that the user has joined since the login, on the same terminal, and gives its exit
 * code; undefined where the system has no `sg`.
 */
export async function runAgainInGroup(group: string): Promise<number | undefined> {
  const { spawn } = await import('node:child_process');
  const again = formatCommand([process.execPath, ...process.argv.slice(1)]);
  const child = spawn('sg', [group, '-c', again], { stdio: 'inherit' });
  // Ctrl-C reaches both, and is for the one that works.
  const ignore = () => {};
  process.on('SIGINT', ignore);
  try {
    return await new Promise((resolve) => {
      child.once('error', () => resolve(undefined));
      child.once('exit', (code) => resolve(code ?? 1));
    });
  } finally {
    process.off('SIGINT', ignore);
  }
}
