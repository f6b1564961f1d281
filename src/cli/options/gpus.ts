import { invalidOption } from './invalid-option.ts';

/** `--gpus`: `all`, or how many. */
export function parseGpus(value: string): 'all' | number {
  if (value === 'all') return 'all';
  if (/^[1-9]\d{0,2}$/.test(value)) return Number(value);
  throw invalidOption('--gpus', value, '"all", or a number from 1 on');
}
