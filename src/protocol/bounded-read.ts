import type { Readable } from 'node:stream';
import { EzjError } from './errors.ts';

/** How much of an answer ezj reads, and how long it waits for the end. */
export interface ReadLimits {
  /** What answers, as the beginning of a sentence: `The output of pip`. */
  what: string;
  bytes: number;
  /** The total time, which a source that sends a byte now and then cannot extend. Default: until `signal` fires. */
  ms?: number;
  signal?: AbortSignal;
}

/** The end of an answer. `cut` says why ezj did not read it to the end. */
export interface AnswerEnd {
  end: Buffer;
  cut?: EzjError;
}

/**
 * Reads a whole answer. Beyond a limit, ends the source. All that a container, its server, a registry or an engine
 * answers is read here or in {@link readEnd}, because a session decides how long its answers are.
 * @throws `answer-too-long`, `cancelled`, and the error of the source
 */
export async function readBounded(source: Readable, limits: ReadLimits): Promise<Buffer> {
  const { end, cut } = await readEnd(source, limits);
  if (cut) throw cut;
  return end;
}

/** Like {@link readBounded}, as JSON. `undefined` for an empty answer. */
export async function readBoundedJson(source: Readable, limits: ReadLimits): Promise<unknown> {
  const text = (await readBounded(source, limits)).toString('utf8');
  return text === '' ? undefined : JSON.parse(text);
}

/**
 * Reads an answer and keeps its last `keep` bytes (default: all). Beyond a limit, ends the source and returns what
 * there is.
 * @throws `cancelled`, and the error of the source
 */
export async function readEnd(
  source: Readable,
  { keep, ...limits }: ReadLimits & { keep?: number },
): Promise<AnswerEnd> {
  const kept = new LastBytes(keep ?? limits.bytes);
  let left = limits.bytes;
  const take = (chunk: Uint8Array | string) => {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    kept.add(bytes.subarray(0, left));
    left -= bytes.length;
    if (left < 0) throw tooLong(limits);
  };
  try {
    await readUntil(source, limits, take);
    return { end: kept.bytes() };
  } catch (error) {
    if (!isTooLong(error)) throw error;
    return { end: kept.bytes(), cut: error };
  }
}

async function readUntil(
  source: Readable,
  { what, ms = Number.POSITIVE_INFINITY, signal }: ReadLimits,
  take: (chunk: Uint8Array | string) => void,
): Promise<void> {
  // An error that comes after the end belongs to nobody, and would end the process.
  source.on('error', () => {});
  const cancel = () => source.destroy(new EzjError({ code: 'cancelled', message: `Cancelled: ${what}` }));
  const timer = Number.isFinite(ms) ? setTimeout(() => source.destroy(tooSlow({ what, ms })), ms) : undefined;
  if (signal?.aborted) cancel();
  signal?.addEventListener('abort', cancel, { once: true });
  try {
    for await (const chunk of source) take(chunk as Uint8Array | string);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', cancel);
    source.destroy();
  }
}

/**
 * The last bytes of what is added. One buffer that grows, because a source that sends single bytes would otherwise cost
 * an object for each.
 */
class LastBytes {
  readonly #most: number;
  #buffer = Buffer.alloc(0);
  #length = 0;

  constructor(most: number) {
    this.#most = most;
  }

  add(bytes: Uint8Array): void {
    const added = bytes.subarray(Math.max(0, bytes.length - this.#most));
    if (this.#length + added.length > 2 * this.#most) this.#dropAllBut(this.#most - added.length);
    if (this.#length + added.length > this.#buffer.length) this.#grow(this.#length + added.length);
    this.#buffer.set(added, this.#length);
    this.#length += added.length;
  }

  bytes(): Buffer {
    return this.#buffer.subarray(Math.max(0, this.#length - this.#most), this.#length);
  }

  #dropAllBut(count: number): void {
    this.#buffer.copyWithin(0, this.#length - count, this.#length);
    this.#length = count;
  }

  #grow(least: number): void {
    const grown = Buffer.alloc(Math.max(least, Math.min(2 * this.#buffer.length, 2 * this.#most)));
    this.#buffer.copy(grown, 0, 0, this.#length);
    this.#buffer = grown;
  }
}

/** The error for an answer beyond its limit. */
export function tooLong({ what, bytes }: Pick<ReadLimits, 'what' | 'bytes'>): EzjError {
  return answerTooLong(`${what} is longer than ${sizeOf(bytes)}.`);
}

/** The error for an answer that does not end in time. */
export function tooSlow({ what, ms }: { what: string; ms: number }): EzjError {
  return answerTooLong(`${what} did not end within ${Math.round(ms / 100) / 10} s.`);
}

function answerTooLong(message: string): EzjError {
  return new EzjError({
    code: 'answer-too-long',
    message,
    hint: 'ezj reads no answer without an end. If you do not trust the session, stop it: `ezj stop --discard`.',
  });
}

function isTooLong(error: unknown): error is EzjError {
  return error instanceof EzjError && error.code === 'answer-too-long';
}

function sizeOf(bytes: number): string {
  return bytes >= 2 ** 20 ? `${Math.floor(bytes / 2 ** 20)} MiB` : `${Math.ceil(bytes / 2 ** 10)} KiB`;
}
