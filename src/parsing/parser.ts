import { Worker } from 'node:worker_threads';
import { type ErrorShape, EzjError, toEzjError } from '../protocol/errors.ts';
import type { Parser } from './isolated.ts';
import { tooMuch } from './now-parsing.ts';
import { withBuffers } from './with-buffers.ts';

/** A call of an isolated function, as its thread gets it. */
export interface Order {
  name: string;
  args: unknown[];
}

/** What the thread says: which file it parses next, or how an order ended. */
export type Answer = { file: string } | { value: unknown } | { error: ErrorShape };

/** The lock of the biggest project that was found takes half a second. */
const DEADLINE_MS = 10_000;

/** The lock of the biggest project that was found takes 200 MB. */
const MOST_BYTES = 600 * 2 ** 20;

const LOOK_MS = 50;

/** A thread takes some megabytes, and its start some 50 ms. */
const IDLE_MS = 60_000;

/**
 * V8 ends the whole process if a thread reaches this limit at a bad moment, so it is one that {@link MOST_BYTES} does not
 * let a thread reach.
 */
const HEAP_MB = 4096;

interface Job extends Order {
  resolve: (value: unknown) => void;
  reject: (error: EzjError) => void;
  file?: string;
}

/**
 * A parser in a thread of its own, which starts with the first order and ends when it is idle. Takes one order at a time,
 * with a limit on its time and memory: one that needs more ends with an error that names the file, and so does its thread.
 */
export function createParser(file: string, { deadlineMs = DEADLINE_MS, mostBytes = MOST_BYTES } = {}): Parser {
  const waiting: Job[] = [];
  let thread: Worker | undefined;
  let current: Job | undefined;
  let stopWatching = () => {};

  function run(name: string, args: unknown[]): Promise<unknown> {
    return new Promise((resolve, reject) => {
      waiting.push({ name, args, resolve, reject });
      goOn();
    });
  }

  function goOn(): void {
    if (current) return;
    stopWatching();
    current = waiting.shift();
    if (!current) {
      const idle = setTimeout(() => endThread(), IDLE_MS).unref();
      stopWatching = () => clearTimeout(idle);
      return;
    }
    thread ??= startThread();
    const { name, args } = current;
    thread.postMessage({ name, args } satisfies Order);
    stopWatching = watchOrder();
  }

  /** The memory of the process, because a thread's own count leaves out buffers. */
  function watchOrder(): () => void {
    const before = process.memoryUsage.rss();
    const deadline = setTimeout(() => giveUp(`${deadlineMs / 1000} seconds`), deadlineMs);
    const looking = setInterval(() => {
      if (process.memoryUsage.rss() - before > mostBytes) giveUp(`${Math.round(mostBytes / 2 ** 20)} MB of memory`);
    }, LOOK_MS);
    return () => {
      clearTimeout(deadline);
      clearInterval(looking);
    };
  }

  function startThread(): Worker {
    const started = new Worker(file, { resourceLimits: { maxOldGenerationSizeMb: HEAP_MB } });
    started.unref();
    started.on('message', (answer: Answer) => thread === started && hear(answer));
    // An end that nobody has asked for: the order fails, and the next one gets a new thread.
    started.on('error', (error) => thread === started && fail(toEzjError(error)));
    started.on('exit', () => thread === started && fail(toEzjError(new Error('the parser ended early'))));
    return started;
  }

  function hear(answer: Answer): void {
    if (!current) return;
    if ('file' in answer) {
      current.file = answer.file;
      return;
    }
    const { resolve, reject } = current;
    current = undefined;
    if ('error' in answer) reject(new EzjError(answer.error));
    else resolve(withBuffers(answer.value));
    goOn();
  }

  function giveUp(what: string): void {
    fail(tooMuch(current?.file, what));
  }

  function fail(error: EzjError): void {
    endThread();
    current?.reject(error);
    current = undefined;
    goOn();
  }

  function endThread(): void {
    const ended = thread;
    thread = undefined;
    ended?.terminate().catch(() => {});
  }

  return { run };
}
