import { EzjError } from '../../protocol/errors.ts';

/** The error of a file that describes an environment: the file, the line if known, and the reason. */
export function invalid(file: string, reason: string, line?: number): EzjError {
  return new EzjError({
    code: 'environment-invalid',
    message: `${file}${line === undefined ? '' : `, line ${line}`}: ${reason}`,
    hint: 'Fix the file, or start without it: `ezj --no-env`.',
  });
}
