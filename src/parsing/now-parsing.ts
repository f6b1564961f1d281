import { EzjError } from '../protocol/errors.ts';

let announce: ((file: string) => void) | undefined;

/** Sets who hears which file is parsed next. Only the parser's own thread does that. */
export function announceFiles(hear: (file: string) => void): void {
  announce = hear;
}

/** Says which file is parsed next, so that an error can name it even if its parser never ends. */
export function nowParsing(file: string): void {
  announce?.(file);
}

/** Deeper values are no settings, and functions that call themselves for each level would fail. */
const MOST_LEVELS = 100;

/** Whether a value has more levels of lists and objects than any setting. */
export function isTooDeep(value: unknown): boolean {
  let level = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > MOST_LEVELS) return true;
    level = level.flatMap((each) => (typeof each === 'object' && each !== null ? Object.values(each) : []));
  }
  return false;
}

/** Whether a parser failed because its input has too many levels. */
export function isStackOverflow(error: unknown): boolean {
  return error instanceof RangeError && /call stack/.test(error.message);
}

/** The error for a file whose parser needs too much of something. */
export function tooMuch(file: string | undefined, what: string): EzjError {
  return new EzjError({
    code: 'environment-invalid',
    message: `${file ?? 'A file of the project'}: reading it takes more than ${what}`,
    hint: 'Make the file shorter or simpler, or start without it: `ezj --no-env`.',
  });
}
