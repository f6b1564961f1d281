import { type ErrorCode, EzjError } from '../protocol/errors.ts';

/** The purpose of a failed call, and the meaning of its HTTP statuses. */
export interface Failure {
  /** What ezj was doing, to follow "Could not": `start the container ezj-a1`. */
  what: string;
  /** Where ezj found the engine. */
  source: string;
  codes?: Partial<Record<number, ErrorCode>>;
}

/** An error from dockerode: a socket error, or an HTTP answer. */
interface RawError {
  code?: unknown;
  statusCode?: unknown;
  json?: unknown;
  message?: unknown;
}

const HINTS: Partial<Record<ErrorCode, string>> = {
  'engine-gone': 'Start the engine (`sudo systemctl start docker`, or open Docker Desktop) and try again.',
  'engine-permission':
    'Join the docker group with `ezj setup`, or ask your administrator to run `usermod -aG docker YOUR_NAME` as root; then log in again.',
  'disk-full': 'Free some space: `ezj prune`. To see what fills the disk: `docker system df`.',
};

const SOCKET_CODES: Record<string, ErrorCode> = {
  ECONNREFUSED: 'engine-gone',
  ECONNRESET: 'engine-gone',
  ENOENT: 'engine-gone',
  EPIPE: 'engine-gone',
  ETIMEDOUT: 'engine-gone',
  EHOSTUNREACH: 'engine-gone',
  ENOTFOUND: 'engine-gone',
  ERR_STREAM_PREMATURE_CLOSE: 'engine-gone',
  EACCES: 'engine-permission',
  EPERM: 'engine-permission',
};

// Engines have no error codes. These are the messages of Docker and Podman, and only this table reads them.
const WORDINGS: [RegExp, ErrorCode][] = [
  [/no space left on device|ENOSPC|disk quota exceeded/i, 'disk-full'],
  [/port is already allocated|address already in use|ports are not available|bind: only one usage/i, 'port-taken'],
  [
    /bind source path does not exist|statfs .*: no such file or directory|error mounting .*: no such file/i,
    'mount-missing',
  ],
  // Ambiguous: while two processes create it.
  [/network \S+ (?:not found|is ambiguous)/i, 'network-missing'],
  [/name .* is already in use/i, 'name-taken'],
  [/range of cpus is from/i, 'usage'],
];

/** Replaces the engine's message, which names neither the option nor the missing software. */
const NO_GPUS = {
  pattern: /could not select device driver .*gpu|unknown or invalid runtime name: nvidia|nvidia-container-cli/i,
  message: 'The engine cannot give GPUs to containers: it has no runtime for them',
  hint: 'Install the NVIDIA Container Toolkit (https://docs.nvidia.com/datacenter/cloud-native/container-toolkit/latest/install-guide.html) and restart the engine, or start without --gpus',
};

/** Turns any failure of an engine call into an `EzjError` that quotes the engine's message. */
export function toEngineError(thrown: unknown, failure: Failure): EzjError {
  if (thrown instanceof EzjError) return thrown;
  const words = engineMessage(thrown);
  if (NO_GPUS.pattern.test(words)) {
    const { message, hint } = NO_GPUS;
    return new EzjError({ code: 'engine-failed', message, hint, details: [words], cause: thrown });
  }
  const code = codeOf(thrown, words, failure.codes);
  const message =
    code === 'engine-gone' || code === 'engine-permission'
      ? `Could not ${failure.what}: the engine at ${failure.source} ${code === 'engine-gone' ? 'does not answer' : 'does not allow this user'} (${words})`
      : `Could not ${failure.what}: ${words}`;
  return new EzjError({ code, message, hint: HINTS[code], cause: thrown });
}

/** The code of a failure that any call can have (`disk-full`, `port-taken`, …), from the engine's message. */
export function codeOfWords(words: string): ErrorCode | undefined {
  return WORDINGS.find(([pattern]) => pattern.test(words))?.[1];
}

/** The hint for an error code of the engine. */
export function hintOf(code: ErrorCode): string | undefined {
  return HINTS[code];
}

/** The HTTP status of the engine's answer, if there is one. */
export function statusOf(thrown: unknown): number | undefined {
  const status = (thrown as RawError | null)?.statusCode;
  return typeof status === 'number' ? status : undefined;
}

/** Whether an error from {@link toEngineError} means that the requested object does not exist. */
export function isAbsent(thrown: unknown): boolean {
  return thrown instanceof EzjError && statusOf(thrown.cause) === 404;
}

/** The engine's message on one line, without dockerode's prefix `(HTTP code 404) no such container -`. */
export function engineMessage(thrown: unknown): string {
  const { json, message } = (thrown ?? {}) as RawError;
  const { message: said, cause } = (json ?? {}) as { message?: unknown; cause?: unknown };
  const words = typeof said === 'string' ? said : typeof cause === 'string' ? cause : String(message ?? thrown);
  return words
    .replace(/^\(HTTP code \d+\) [^-]* - /, '')
    .replace(/\s+/g, ' ')
    .trim();
}

function codeOf(thrown: unknown, words: string, codes: Failure['codes']): ErrorCode {
  const status = statusOf(thrown);
  if (status !== undefined) return codeOfWords(words) ?? codes?.[status] ?? 'engine-failed';
  const code = (thrown as RawError | null)?.code;
  if (typeof code === 'string' && SOCKET_CODES[code]) return SOCKET_CODES[code];
  if (/socket hang up|aborted/i.test(words)) return 'engine-gone';
  return codeOfWords(words) ?? 'engine-failed';
}
