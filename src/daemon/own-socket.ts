import { type BigIntStats, statSync } from 'node:fs';
import process from 'node:process';
import type { Calls } from './idleness.ts';

/** The socket file that a daemon listens on. */
export interface OwnSocket {
  /** Whether callers can no longer reach this daemon, because the file was removed or another daemon replaced it. */
  isLost(): boolean;
}

/** Remembers the socket that this process listens on. */
export function ownSocket(file: string): OwnSocket {
  // Named pipes cannot be removed.
  if (process.platform === 'win32') return { isLost: () => false };
  const own = identify(file);
  return { isLost: () => identify(file) !== own };
}

/** While a process listens on the file, no other file gets its inode number. */
function identify(file: string): string | undefined {
  try {
    const { dev, ino }: BigIntStats = statSync(file, { bigint: true });
    return `${dev}:${ino}`;
  } catch {
    return undefined;
  }
}

/**
 * Closes the daemon soon after it loses its socket, because the next command starts another daemon. Finishes current
 * work first.
 */
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
