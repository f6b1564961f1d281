import process from 'node:process';

/** The CPU time that this process has used, in ms. Unlike the time of day, it does not depend on what else runs. */
export function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
