import { invalidOption } from './invalid-option.ts';

/** `--tail`: how many lines, 0 or more. */
export function parseTail(value: string): number {
  if (/^\d{1,9}$/.test(value)) return Number(value);
  throw invalidOption('--tail', value, 'a number of lines from 0 on');
}
