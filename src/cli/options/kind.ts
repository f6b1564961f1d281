import { invalidOption } from './invalid-option.ts';

/** `--kind`: the form of a kind's name; the daemon knows which there are. */
export function parseKind(value: string): string {
  if (/^[a-z]([a-z0-9-]{0,18}[a-z0-9])?$/.test(value)) return value;
  throw invalidOption('--kind', value, 'the name of a kind, such as python, r or rstudio; `ezj kinds` lists them');
}
