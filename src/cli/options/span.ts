import { invalidOption } from './invalid-option.ts';

const UNITS_MS: Record<string, number> = { h: 3_600_000, d: 86_400_000, w: 7 * 86_400_000 };

/** `--older-than 7d` in milliseconds. */
export function parseSpan(value: string): number {
  const [, count, unit = ''] = /^(\d+)([hdw])$/.exec(value) ?? [];
  const unitMs = UNITS_MS[unit];
  if (count === undefined || unitMs === undefined) {
    throw invalidOption('--older-than', value, 'hours, days or weeks, such as 12h, 7d or 2w');
  }
  return Number(count) * unitMs;
}
