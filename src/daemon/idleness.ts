import type { DaemonState } from './state.ts';

const CHECK_MS = 10_000;

/** The calls that the daemon serves now, and when the last one ended. */
export interface Calls {
  running: number;
  /** Calls that do more than read: an interruption would cost the caller something. */
  working: number;
  lastEndedMs: number;
}

/** Closes the daemon after some time without a session and without a call, but never during a call. */
export function watchIdleness(
  state: DaemonState,
  calls: Calls,
  { close, signal }: { close: (reason: string) => void; signal: AbortSignal },
): void {
  const idleMs = state.config.read()['daemon.idleMinutes'] * 60_000;
  const timer = setInterval(
    () => {
      const idle = calls.running === 0 && state.runningSessions() === 0;
      if (idle && Date.now() - calls.lastEndedMs >= idleMs) close(`idle for ${idleMs / 60_000} minutes`);
    },
    Math.min(CHECK_MS, idleMs),
  );
  timer.unref();
  signal.addEventListener('abort', () => clearInterval(timer));
}
