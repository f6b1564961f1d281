import { EzjError } from '../../protocol/errors.ts';

/** The error of an option with a value that is not accepted: the option, the value that came, what is accepted. */
export function invalidOption(option: string, value: string, accepted: string): EzjError {
  return new EzjError({ code: 'usage', message: `${option} ${JSON.stringify(value)} is not accepted: ${accepted}` });
}
