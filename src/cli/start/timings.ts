import { performance } from 'node:perf_hooks';
import type { Report, TimingEvent } from '../../protocol/events.ts';
import type { Output } from '../terminal/output.ts';

/** Takes the times of a start's parts out of what it reports, and shows them at its end where they are wanted. */
export async function withTimings<Result>(
  output: Output,
  { wanted, report }: { wanted: boolean; report: Report },
  run: (report: Report) => Promise<Result>,
): Promise<Result> {
  const begin = performance.now();
  const timings: TimingEvent[] = [];
  try {
    return await run((event) => {
      if (event.type === 'timing') timings.push(event);
      else report(event);
    });
  } finally {
    timings.push({ type: 'timing', part: 'all of it', ms: Math.round(performance.now() - begin) });
    if (wanted) show(timings, output);
  }
}

function show(timings: TimingEvent[], output: Output): void {
  for (const timing of timings) {
    if (output.json) output.event(timing);
    else output.note(`${String(timing.ms).padStart(7)} ms  ${timing.part}`);
  }
}
