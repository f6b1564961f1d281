import { readFileSync } from 'node:fs';

/**
 * Identifies a process even if its number is reused: `PID`, or `PID-TICKS` if the system gives its start time.
 * Undefined if it has ended. A zombie, whose parent has not noticed its end, counts as ended.
 * https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
 */
export function processIdentity(pid: number): string | undefined {
  if (!exists(pid)) return undefined;
  if (process.platform !== 'linux') return String(pid);
  try {
    // The second field is the name in parentheses, which can contain any character.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    const [state] = fields;
    return state === 'Z' || state === 'X' ? undefined : `${pid}-${fields[19]}`;
  } catch {
    return undefined;
  }
}

/** Whether the process with this identity still runs. */
export function isRunning(identity: string): boolean {
  return processIdentity(Number.parseInt(identity, 10)) === identity;
}

function exists(pid: number): boolean {
  if (!(pid > 0)) return false;
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
