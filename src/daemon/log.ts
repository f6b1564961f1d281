import type { EngineCall } from '../engine/call-trace.ts';

/** Writes one line, with the time, to the daemon's log: its standard output, which the command line has opened for it. */
export function log(text: string): void {
  console.log(`${new Date().toISOString()} ${text}`);
}

/** Whether the log shows each call: of the command line to the daemon, and of the daemon to the engine. */
export function isDebugging(env: NodeJS.ProcessEnv = process.env): boolean {
  return env.EZJ_DEBUG === '1';
}

/** One line for a call to the engine: no query, header or body, where secrets can be. */
export function logEngineCall({ method, path, status, ms }: EngineCall): void {
  log(`engine ${method} ${path} ${status ?? 'no answer'} ${ms.toFixed(0)} ms`);
}
