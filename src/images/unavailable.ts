import { type ErrorCode, type EzjError, toEzjError } from '../protocol/errors.ts';

const UNAVAILABLE: ErrorCode[] = ['registry-unreachable', 'registry-denied', 'image-not-found', 'pull-failed'];

/**
 * The error of a pull after which another way to an image is worth trying: the registry is out of reach, or it refuses, as
 * behind a company's proxy or beyond a rate limit.
 * @throws the error itself where no other way would end better, as on a full disk
 */
export function unavailable(thrown: unknown): EzjError {
  const error = toEzjError(thrown);
  if (UNAVAILABLE.includes(error.code)) return error;
  throw error;
}
