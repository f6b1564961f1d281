import { parentPort } from 'node:worker_threads';
import { toEzjError } from '../protocol/errors.ts';
import { isolatedFunction } from './isolated.ts';
import { announceFiles, tooMuch } from './now-parsing.ts';
import type { Answer, Order } from './parser.ts';
import { withBuffers } from './with-buffers.ts';

/** Serves the orders of the daemon, one after the other, in a thread of its own. */
export function serveParser(): void {
  const answer = (message: Answer) => parentPort?.postMessage(message);
  let current: string | undefined;
  announceFiles((file) => {
    current = file;
    answer({ file });
  });
  parentPort?.on('message', async ({ name, args }: Order) => {
    try {
      answer({ value: await isolatedFunction(name)(...(withBuffers(args) as unknown[])) });
    } catch (thrown) {
      // No function has a name for each way in which a hostile file can exceed what JavaScript allows.
      const error = thrown instanceof RangeError ? tooMuch(current, 'a program can hold') : toEzjError(thrown);
      answer({ error: error.toJSON() });
    }
  });
}
