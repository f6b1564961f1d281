import type { ProgressEvent, Report } from '../protocol/events.ts';

interface Shared<Result> {
  result: Promise<Result>;
  reports: Set<Report>;
  controller: AbortController;
}

/** How one caller follows shared work. */
export interface CallContext {
  report: Report;
  /** Fires when this caller has hung up. */
  signal: AbortSignal;
}

/**
 * Runs work of the same key once, however many ask for it at the same time: all get its result, and its events from
 * when they came. It is cancelled only when every caller has hung up; one who comes while it is being cancelled waits
 * for that and starts it anew.
 */
export class SharedWork<Result> {
  readonly #running = new Map<string, Shared<Result>>();
  readonly #guard: (work: Promise<Result>) => Promise<Result>;

  /** `guard` may end work that would never settle: an entry that does not end would be waited for by all who come later. */
  constructor({ guard = (work) => work }: { guard?: (work: Promise<Result>) => Promise<Result> } = {}) {
    this.#guard = guard;
  }

  async run(key: string, call: CallContext, work: (call: CallContext) => Promise<Result>): Promise<Result> {
    const running = this.#running.get(key);
    if (running?.controller.signal.aborted) {
      await running.result.catch(() => {});
      return this.run(key, call, work);
    }
    // One entry a caller, even where two pass the same function.
    const entry: Report = (event) => call.report(event);
    running?.reports.add(entry);
    return this.#follow(running ?? this.#begin(key, entry, work), entry, call.signal);
  }

  /** How many pieces of work run. */
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

  /** `first` hears of it already: work may report before it has waited for anything. */
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
