/**
 * Runs work that a signal or a deadline ends. The timer holds the deadline: Node 20 collects an `AbortSignal.timeout`
 * that only `AbortSignal.any` refers to, and then it never fires.
 */
export async function withDeadline<Result>(
  { signal, ms }: { signal?: AbortSignal; ms: number },
  run: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort(new DOMException(`No end after ${ms} ms`, 'TimeoutError')), ms);
  try {
    return await run(signal ? AbortSignal.any([signal, deadline.signal]) : deadline.signal);
  } finally {
    clearTimeout(timer);
  }
}
