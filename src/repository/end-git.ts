import process from 'node:process';
import type { Readable } from 'node:stream';

const KILL_AFTER_MS = 5000;

/**
 * Ends git with the signal, or with this process. Its helpers, which may wait for a server, do not end with it: a group of
 * their own is ended as a whole. Where git shares the terminal, Ctrl-C has reached them too, and nobody waits for them.
 */
export function endWith(
  child: Ending,
  { signal, wholeGroup }: { signal?: AbortSignal; wholeGroup: boolean },
): () => void {
  const kill = (name: NodeJS.Signals) => {
    try {
      if (child.pid !== undefined) process.kill(wholeGroup ? -child.pid : child.pid, name);
    } catch {
      // It has ended.
    }
  };
  let timer: NodeJS.Timeout | undefined;
  const end = () => {
    kill('SIGTERM');
    timer = setTimeout(() => kill('SIGKILL'), KILL_AFTER_MS);
    if (!wholeGroup) {
      child.once('exit', () => {
        child.stdout.destroy();
        child.stderr.destroy();
      });
    }
  };
  signal?.addEventListener('abort', end);
  // First of all: what git still writes could not be removed.
  process.prependOnceListener('exit', end);
  if (signal?.aborted) end();
  return () => {
    clearTimeout(timer);
    signal?.removeEventListener('abort', end);
    process.off('exit', end);
  };
}

interface Ending {
  pid?: number;
  stdout: Readable;
  stderr: Readable;
  once: (event: 'exit', listener: () => void) => unknown;
}
