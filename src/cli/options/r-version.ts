import { invalidOption } from './invalid-option.ts';

/** `--r-version`: a version of R, as rocker tags its images. */
export function parseRVersion(value: string): string {
  if (/^\d+(\.\d+){0,2}$|^(latest|devel)$/.test(value)) return value;
  throw invalidOption('--r-version', value, 'a version of R, such as 4.5 or 4.5.1');
}
