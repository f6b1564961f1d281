import { invalidOption } from './invalid-option.ts';

/** `--cpus`: a number above 0, parts of a CPU included. */
export function parseCpus(value: string): number {
  const cpus = /^(\d+(\.\d+)?|\.\d+)$/.test(value) ? Number(value) : 0;
  // Less than a hundredth of a CPU is below the scheduler's period: the engine would refuse it with its own words.
  if (cpus < 0.01 || cpus > 100_000) throw invalidOption('--cpus', value, 'a number from 0.01 on, such as 2 or 0.5');
  return cpus;
}
