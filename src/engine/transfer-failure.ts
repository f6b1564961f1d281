import type { EzjError } from '../protocol/errors.ts';
import { engineMessage, statusOf } from './engine-errors.ts';

/** One transfer between the engine and a registry, and how its failures are told. */
export interface Transfer {
  verb: 'pull' | 'push';
  /** The error that goes with the words of a registry or of the engine. */
  toError: (words: string, cause?: unknown) => EzjError;
}

/** The failure of a transfer whose answer ended without an error and before its end. */
export function endedEarly({ verb, toError }: Transfer, cause?: unknown): EzjError {
  return toError(`the engine ended the ${verb} early`, cause);
}

/**
 * The failure of a transfer: what the registry said comes in an answer of the engine; without one it is the connection to the
 * engine that failed, of which `mapped` tells.
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
