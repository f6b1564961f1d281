import type { EngineCall } from '../engine/call-trace.ts';
import { limitLog } from './log-file.ts';

let limited: string | undefined;

/** Writes one line with the time to the log of the daemon: its standard output, which the command line redirects. */
export function log(text: string): void {
  console.log(`${new Date().toISOString()} ${text}`);
  if (limited === undefined) return;
  try {
    limitLog(limited, { fd: process.stdout.fd });
  } catch (error) {
    // Once, because the next line would fail in the same way.
    limited = undefined;
    log(`the log has no limit of its size: ${(error as Error).message}`);
  }
}

/** Limits the size of the log from now on, if this file is the standard output. */
export function limitLogSize(file: string): void {
  limited = file;
}

/** Whether the log shows each call, both from the command line to the daemon and from the daemon to the engine. */
export function isDebugging(env: NodeJS.ProcessEnv = process.env): boolean {
  return env.EZJ_DEBUG === '1';
}

/** Logs a call to the engine. Leaves out query, headers and body, which can contain secrets. */
export function logEngineCall({ method, path, status, ms }: EngineCall): void {
  log(`engine ${method} ${path} ${status ?? 'no answer'} ${ms.toFixed(0)} ms`);
}
