import process from 'node:process';

/** Runs a long call that Ctrl-C (or SIGTERM) cancels; a second Ctrl-C leaves at once. */
export async function cancellable<Result>(run: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
  const controller = new AbortController();
  const cancel = () => {
    if (controller.signal.aborted) process.exit(130);
    controller.abort();
  };
  process.on('SIGINT', cancel).on('SIGTERM', cancel);
  try {
    return await run(controller.signal);
  } finally {
    process.off('SIGINT', cancel).off('SIGTERM', cancel);
  }
}
