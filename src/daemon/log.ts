import type { EngineCall } from '../engine/call-trace.ts';

/** Writes one line with the time to the log of the daemon: its standard output, which the command line redirects. */
export function log(text: string): void {
  console.log(`${new Date().toISOString()} ${text}`);
}

/** Whether the log shows each call, both from the command line to the daemon and from the daemon to the engine. */
export function isDebugging(env: NodeJS.ProcessEnv = process.env): boolean {
  return env.EZJ_DEBUG === '1';
}

/** Logs a call to the engine. Leaves out query, headers and body, which can contain secrets. */
export function logEngineCall({ method, path, status, ms }: EngineCall): void {
  log(`engine ${method} ${path} ${status ?? 'no answer'} ${ms.toFixed(0)} ms`);
}
