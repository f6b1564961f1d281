import { readFileSync } from 'node:fs';

/**
 * What tells a process from all others that have had its number: `PID` or, where the system tells when it began,
 * `PID-TICKS`. Undefined where it has ended; one whose parent has not taken note of that (a zombie) has ended too.
 * https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
 */
export function processIdentity(pid: number): string | undefined {
  if (!exists(pid)) return undefined;
  if (process.platform !== 'linux') return String(pid);
  try {
    // The name comes second, in parentheses, and may hold any character.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    const [state] = fields;
    return state === 'Z' || state === 'X' ? undefined : `${pid}-${fields[19]}`;
  } catch {
    return undefined;
  }
}

/** Whether the process that had this identity still runs. */
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
