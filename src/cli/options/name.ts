import { invalidOption } from './invalid-option.ts';

/** `--name`: a host label of 1 to 40 characters. */
export function parseName(value: string): string {
  if (/^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$/.test(value)) return value;
  throw invalidOption('--name', value, '1 to 40 of a-z, 0-9 and "-", with no "-" at either end');
}
