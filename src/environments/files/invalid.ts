import { EzjError } from '../../protocol/errors.ts';

/** The error of a file that describes an environment: the file, the line where there is one, and what is wrong. */
export function invalid(file: string, reason: string, line?: number): EzjError {
  return new EzjError({
    code: 'environment-invalid',
    message: `${file}${line === undefined ? '' : `, line ${line}`}: ${reason}`,
    hint: 'Fix the file, or start without it: `ezj --no-env`.',
  });
}
