import type { ProgressEvent, Report } from '../protocol/events.ts';

interface Shared<Result> {
  result: Promise<Result>;
  reports: Set<Report>;
  controller: AbortController;
}

/** How one caller follows shared work. */
export interface CallContext {
  report: Report;
  /** Fires when this caller hangs up. */
  signal: AbortSignal;
}

/**
 * Runs work of the same key once for all concurrent callers. Each caller gets the result, and the events since
 * its call. The work is cancelled only when every caller hangs up. A caller that arrives during the cancellation waits
 * for its end and starts the work again.
 */
export class SharedWork<Result> {
  readonly #running = new Map<string, Shared<Result>>();
  readonly #guard: (work: Promise<Result>) => Promise<Result>;

  /** `guard` can end work that would never settle, because all later callers would wait for it. */
  constructor({ guard = (work) => work }: { guard?: (work: Promise<Result>) => Promise<Result> } = {}) {
    this.#guard = guard;
  }

  async run(key: string, call: CallContext, work: (call: CallContext) => Promise<Result>): Promise<Result> {
    const running = this.#running.get(key);
    if (running?.controller.signal.aborted) {
      await running.result.catch(() => {});
      return this.run(key, call, work);
    }
    // One entry per caller, even if two callers pass the same function.
    const entry: Report = (event) => call.report(event);
    running?.reports.add(entry);
    return this.#follow(running ?? this.#begin(key, entry, work), entry, call.signal);
  }

  /** The number of running pieces of work. */
  get size(): number {
    return this.#running.size;
  }

  /** Resolves when no work of this key runs, however it ended. */
  async settled(key: string): Promise<void> {
    await this.#running.get(key)?.result.catch(() => {});
  }

  /** Whether work of this key runs. */
  has(key: string): boolean {
    return this.#running.has(key);
  }

  /** `first` follows from the start, because work may report before its first await. */
  #begin(key: string, first: Report, work: (call: CallContext) => Promise<Result>): Shared<Result> {
    const reports = new Set([first]);
    const controller = new AbortController();
    const report = (event: ProgressEvent) => {
      for (const each of reports) each(event);
    };
    const result = this.#guard(work({ report, signal: controller.signal })).finally(() => this.#running.delete(key));
    const shared = { result, reports, controller };
    this.#running.set(key, shared);
    return shared;
  }

  async #follow({ result, reports, controller }: Shared<Result>, entry: Report, signal: AbortSignal): Promise<Result> {
    const leave = () => {
      reports.delete(entry);
      if (reports.size === 0) controller.abort();
    };
    if (signal.aborted) leave();
    signal.addEventListener('abort', leave, { once: true });
    try {
      return await result;
    } finally {
      signal.removeEventListener('abort', leave);
      reports.delete(entry);
    }
  }
}
