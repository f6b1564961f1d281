import type { EzjError } from '../protocol/errors.ts';
import { engineMessage, statusOf } from './engine-errors.ts';

/** One transfer between the engine and a registry, and how to build its errors. */
export interface Transfer {
  verb: 'pull' | 'push';
  /** The error for a message of a registry or of the engine. */
  toError: (words: string, cause?: unknown) => EzjError;
}

/** The error of a transfer whose answer stops early without an error. */
export function endedEarly({ verb, toError }: Transfer, cause?: unknown): EzjError {
  return toError(`the engine ended the ${verb} early`, cause);
}

/**
 * The error of a transfer. An answer of the engine holds the registry's message. Without an answer, the connection to the
 * engine failed, and `mapped` is the error.
 */
export function toTransferError(thrown: unknown, transfer: Transfer, mapped: EzjError): EzjError {
  const raw = mapped.cause ?? thrown;
  if (statusOf(raw) !== undefined) return transfer.toError(engineMessage(raw), raw);
  if (raw instanceof SyntaxError)
    return transfer.toError(`the engine answered with a line that is not JSON (${raw.message})`, raw);
  if (mapped.code === 'engine-gone' && isCut(raw)) return endedEarly(transfer, raw);
  return mapped;
}

function isCut(raw: unknown): boolean {
  return /aborted|premature close/i.test(engineMessage(raw)) || (raw as { code?: string }).code === 'ECONNRESET';
}
