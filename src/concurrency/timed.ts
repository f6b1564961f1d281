import { performance } from 'node:perf_hooks';
import type { Report } from '../protocol/events.ts';

/** Runs a part of a long call and reports its duration, even if it fails. */
export async function timed<Result>(report: Report, part: string, work: () => Promise<Result>): Promise<Result> {
  const begin = performance.now();
  try {
    return await work();
  } finally {
    report({ type: 'timing', part, ms: Math.round(performance.now() - begin) });
  }
}
