import { toEngineError } from '../../../src/engine/engine-errors.ts';
import type { ErrorCode, EzjError } from '../../../src/protocol/errors.ts';

/** What errors of the in-memory engine name as the place where it was found. */
export const SOURCE = 'the in-memory engine';

/** The refusal of a call, in the words of a real engine and read by the same code. */
export function refusal(
  what: string,
  { status, words, codes }: { status: number; words: string; codes?: Partial<Record<number, ErrorCode>> },
): EzjError {
  const answer = Object.assign(new Error(words), { statusCode: status });
  return toEngineError(answer, { what, source: SOURCE, codes });
}

/** The error of an engine that went away during a call. */
export function gone(what: string): EzjError {
  return toEngineError(Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }), { what, source: SOURCE });
}
