import { type ErrorCode, type EzjError, toEzjError } from '../protocol/errors.ts';

const UNAVAILABLE: ErrorCode[] = ['registry-unreachable', 'registry-denied', 'image-not-found', 'pull-failed'];

/**
 * Returns the error of a failed pull if another source of the image is worth a try: the registry is unreachable, or it
 * refuses, for example behind a company proxy or beyond a rate limit.
 * @throws the error itself if no other source would help, for example on a full disk
 */
export function unavailable(thrown: unknown): EzjError {
  const error = toEzjError(thrown);
  if (UNAVAILABLE.includes(error.code)) return error;
  throw error;
}
