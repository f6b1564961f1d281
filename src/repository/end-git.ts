import process from 'node:process';
import type { Readable } from 'node:stream';

const KILL_AFTER_MS = 5000;

/**
 * Ends git with the signal, or with this process. Its helpers may wait for a server and do not end with it, so this ends
 * their whole process group. If git shares the terminal, Ctrl-C already reaches the helpers, and nothing waits for them.
 */
export function endWith(
  child: Ending,
  { signal, wholeGroup }: { signal?: AbortSignal; wholeGroup: boolean },
): () => void {
  const kill = (name: NodeJS.Signals) => {
    try {
      if (child.pid !== undefined) process.kill(wholeGroup ? -child.pid : child.pid, name);
    } catch {
      // It ended already.
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
  // End git first, because it could still write files.
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
