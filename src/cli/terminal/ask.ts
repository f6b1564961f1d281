import process from 'node:process';
import { EzjError } from '../../protocol/errors.ts';

/** Whether there is somebody to ask: a terminal on both ends. */
export function canAsk(): boolean {
  return process.stdin.isTTY === true && process.stderr.isTTY === true;
}

/** Asks a question that only `y` or `yes` agrees to. Throws `cancelled` on Ctrl-C. */
export async function askYesNo(question: string): Promise<boolean> {
  const { createInterface } = await import('node:readline/promises');
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  const cancelled = new Promise<never>((_, reject) => {
    lines.once('SIGINT', () => reject(new EzjError({ code: 'cancelled', message: 'Cancelled.' })));
  });
  const closed = new Promise<string>((resolve) => lines.once('close', () => resolve('')));
  try {
    const answer = await Promise.race([lines.question(`${question} [y/N] `), cancelled, closed]);
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    lines.close();
  }
}
