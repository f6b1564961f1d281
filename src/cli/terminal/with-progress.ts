import type { Report } from '../../protocol/events.ts';
import type { Output } from './output.ts';
import { createLineProgress, type Progress } from './progress.ts';
import { createTerminalProgress } from './progress-terminal.ts';

/** Runs a long call with its progress shown: bars on a terminal, lines elsewhere, events with `--json`. */
export async function withProgress<Result>(output: Output, run: (report: Report) => Promise<Result>): Promise<Result> {
  const progress = createProgress(output);
  try {
    return await run(progress.report);
  } finally {
    progress.stop();
  }
}

function createProgress(output: Output): Progress {
  if (output.json) return { report: output.event, stop: () => {} };
  if (!output.animated) return createLineProgress(output);
  return createTerminalProgress(output);
}
