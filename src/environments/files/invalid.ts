import { EzjError } from '../../protocol/errors.ts';

/** A reason may quote a line of the file, which can have megabytes. */
const LONGEST = 500;

/** The error of a file that describes an environment: the file, the line if known, and the reason. */
export function invalid(file: string, reason: string, line?: number): EzjError {
  return new EzjError({
    code: 'environment-invalid',
    message: `${file}${line === undefined ? '' : `, line ${line}`}: ${reason.length > LONGEST ? `${reason.slice(0, LONGEST)}…` : reason}`,
    hint: 'Fix the file, or start without it: `ezj --no-env`.',
  });
}
