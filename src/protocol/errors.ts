/** The exit code of the command line, and the HTTP status between daemon and client, of each failure. */
const OUTCOMES = {
  usage: { exit: 2, http: 400 },
  'config-invalid': { exit: 2, http: 400 },
  'kind-unknown': { exit: 2, http: 400 },
  'project-file-invalid': { exit: 2, http: 400 },
  'project-untrusted': { exit: 2, http: 403 },
  'environment-invalid': { exit: 2, http: 400 },
  'config-unwritable': { exit: 8, http: 500 },
  'session-not-found': { exit: 3, http: 404 },
  'image-not-found': { exit: 3, http: 404 },
  'ref-unknown': { exit: 3, http: 404 },
  'engine-not-found': { exit: 4, http: 503 },
  'engine-permission': { exit: 4, http: 503 },
  'engine-gone': { exit: 4, http: 503 },
  'engine-failed': { exit: 4, http: 502 },
  'setup-unsupported': { exit: 4, http: 501 },
  'setup-declined': { exit: 4, http: 400 },
  'setup-failed': { exit: 4, http: 500 },
  'registry-unreachable': { exit: 5, http: 502 },
  'registry-denied': { exit: 5, http: 403 },
  'pull-failed': { exit: 5, http: 502 },
  'push-failed': { exit: 5, http: 502 },
  'build-failed': { exit: 5, http: 500 },
  'image-not-local': { exit: 5, http: 409 },
  'image-unsuitable': { exit: 5, http: 409 },
  'archive-invalid': { exit: 2, http: 400 },
  'disk-full': { exit: 6, http: 507 },
  'port-taken': { exit: 6, http: 409 },
  'name-taken': { exit: 6, http: 409 },
  'project-missing': { exit: 2, http: 400 },
  'project-refused': { exit: 2, http: 400 },
  'mount-missing': { exit: 2, http: 400 },
  'network-missing': { exit: 4, http: 409 },
  'volume-taken': { exit: 6, http: 409 },
  'folder-taken': { exit: 6, http: 409 },
  'file-taken': { exit: 6, http: 409 },
  'not-writable': { exit: 6, http: 409 },
  'session-exited': { exit: 7, http: 500 },
  'session-not-ready': { exit: 7, http: 504 },
  'server-foreign': { exit: 7, http: 409 },
  'sign-in-failed': { exit: 7, http: 502 },
  'answer-too-long': { exit: 7, http: 502 },
  'daemon-not-started': { exit: 8, http: 500 },
  'daemon-not-stopped': { exit: 8, http: 500 },
  'daemon-newer': { exit: 8, http: 409 },
  'daemon-gone': { exit: 8, http: 500 },
  'state-unwritable': { exit: 8, http: 500 },
  'git-missing': { exit: 9, http: 500 },
  'clone-failed': { exit: 9, http: 502 },
  cancelled: { exit: 130, http: 499 },
  internal: { exit: 1, http: 500 },
} as const satisfies Record<string, { exit: number; http: number }>;

/** The stable name of a failure, on which scripts can rely. docs/troubleshooting.md has a section for each. */
export type ErrorCode = keyof typeof OUTCOMES;

/** The parts of an {@link EzjError}, and its JSON form on the socket. */
export interface ErrorShape {
  code: ErrorCode;
  /** The failure, with the value that caused it. One line. */
  message: string;
  /** What to type or to do next. */
  hint?: string;
  /** Further lines, such as the end of a log. */
  details?: string[];
}

/** The only error class of ezj. Branch on its `code`, never on its message. */
export class EzjError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly details: string[] | undefined;

  constructor({ code, message, hint, details, cause }: ErrorShape & { cause?: unknown }) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'EzjError';
    this.code = code;
    this.hint = hint;
    this.details = details;
  }

  get exitCode(): number {
    return OUTCOMES[this.code].exit;
  }

  get httpStatus(): number {
    return OUTCOMES[this.code].http;
  }

  toJSON(): ErrorShape {
    return { code: this.code, message: this.message, hint: this.hint, details: this.details };
  }
}

/** Any thrown value as an {@link EzjError}. Any other error becomes `internal`, with the original as its cause. */
export function toEzjError(thrown: unknown): EzjError {
  if (thrown instanceof EzjError) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new EzjError({ code: 'internal', message, cause: thrown });
}

/** Whether a parsed JSON value is an error from {@link EzjError.toJSON}, with a known code. */
export function isErrorShape(value: unknown): value is ErrorShape {
  const code = (value as ErrorShape | null)?.code;
  return typeof code === 'string' && code in OUTCOMES;
}

/** Every error code, for the documentation's completeness test. */
export const ERROR_CODES = Object.keys(OUTCOMES) as ErrorCode[];
