import { type BigIntStats, statSync } from 'node:fs';
import process from 'node:process';
import type { Calls } from './idleness.ts';

/** The file that a daemon listens on. */
export interface OwnSocket {
  /** Whether callers no longer reach this daemon: the file was removed, or another daemon has put its own there. */
  isLost(): boolean;
}

/** The socket that this process listens on from now on. */
export function ownSocket(file: string): OwnSocket {
  // Nobody can remove a named pipe.
  if (process.platform === 'win32') return { isLost: () => false };
  const own = identify(file);
  return { isLost: () => identify(file) !== own };
}

/** While a process listens on it, no other file gets its number. */
function identify(file: string): string | undefined {
  try {
    const { dev, ino }: BigIntStats = statSync(file, { bigint: true });
    return `${dev}:${ino}`;
  } catch {
    return undefined;
  }
}

/** Closes the daemon soon after its socket is lost: the next command starts another one. Work that is under way is finished first. */
export function watchSocket(
  socket: OwnSocket,
  calls: Calls,
  { close, signal, checkMs = 5000 }: { close: (reason: string) => void; signal: AbortSignal; checkMs?: number },
): void {
  const timer = setInterval(() => {
    if (calls.working === 0 && socket.isLost()) close('its socket was removed');
  }, checkMs);
  timer.unref();
  signal.addEventListener('abort', () => clearInterval(timer));
}
