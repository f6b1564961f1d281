import type { IncomingMessage } from 'node:http';
import type Docker from 'dockerode';
import { readBounded } from '../protocol/bounded-read.ts';

/**
 * Most of an answer that ezj holds in memory. The longest is the list of changes in a container, about 250,000 paths.
 * The session decides how many there are.
 */
export const MOST_BYTES = 32 * 2 ** 20;
/** An error is a message, which may quote what a registry or a program said. */
const MOST_ERROR_BYTES = 2 ** 16;

/** What docker-modem, which has no types, gets and gives for a call. */
interface DialOptions {
  path: string;
  isStream?: boolean;
  abortSignal?: AbortSignal;
}
type Done = (error: unknown, answer?: unknown) => void;
interface Modem {
  dial(options: DialOptions, done: Done): void;
  buildPayload(
    error: unknown,
    isStream: boolean,
    statusCodes: Record<number, unknown>,
    openStdin: boolean,
    request: unknown,
    answer: IncomingMessage,
    json: unknown,
    done: Done,
  ): void;
}

/**
 * Limits every answer of the engine that docker-modem would collect in memory, because containers decide what many of
 * them hold. Streams pass: their readers limit what they keep.
 */
export function boundAnswers({ modem }: Pick<Docker, 'modem'>): void {
  const open = modem as unknown as Modem;
  boundResults(open);
  boundErrors(open);
}

function boundResults(modem: Modem): void {
  const dial = modem.dial.bind(modem);
  modem.dial = (options, done) => {
    if (options.isStream) return dial(options, done);
    const { path, abortSignal } = options;
    const limits = { what: `The engine's answer to ${describe(path)}`, bytes: MOST_BYTES, signal: abortSignal };
    dial({ ...options, isStream: true }, (error, answer) => {
      if (error) return done(error);
      readBounded(answer as IncomingMessage, limits).then((bytes) => done(null, parseOr(bytes)), done);
    });
  };
}

function boundErrors(modem: Modem): void {
  const buildPayload = modem.buildPayload.bind(modem);
  modem.buildPayload = (error, isStream, statusCodes, openStdin, request, answer, json, done) => {
    const isFailure = isStream && !error && statusCodes[answer.statusCode ?? 0] !== true;
    if (!isFailure) return buildPayload(error, isStream, statusCodes, openStdin, request, answer, json, done);
    readBounded(answer, { what: "The engine's error", bytes: MOST_ERROR_BYTES }).then(
      (bytes) => buildPayload(null, false, statusCodes, openStdin, request, answer, parseOr(bytes), done),
      done,
    );
  };
}

/** As docker-modem does: the bytes if the answer is no JSON. */
function parseOr(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8')) || bytes;
  } catch {
    return bytes;
  }
}

/** `/containers/json?all=1` as `/containers/json`. */
function describe(path: string): string {
  return path.replace(/\?.*$/s, '');
}
