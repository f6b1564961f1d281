import { isStackOverflow, isTooDeep, nowParsing } from '../../parsing/now-parsing.ts';
import type { Refuse } from '../../project-files/place.ts';
import { invalid } from './invalid.ts';

/**
 * The value that `parse` makes of a file.
 * @throws what `refuse` makes, by default `environment-invalid`, if it has too many levels, and the errors of `parse`
 */
export function parsed<Value>(
  file: string,
  parse: () => Value,
  refuse: Refuse = (reason) => invalid(file, reason),
): Value {
  nowParsing(file);
  try {
    const value = parse();
    if (!isTooDeep(value)) return value;
  } catch (error) {
    if (!isStackOverflow(error)) throw error;
  }
  throw refuse('it has too many levels of lists and keys');
}
