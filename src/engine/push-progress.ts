import { performance } from 'node:perf_hooks';
import type { Report } from '../protocol/events.ts';
import type { PullLine } from './pull-progress.ts';

/** One line of the engine's answer to a push. */
export interface PushLine extends PullLine {
  /** At the end. */
  aux?: { Digest?: string };
}

const INTERVAL_MS = 200;
const DONE = /^(?:Pushed|Layer already exists|Mounted from )/;

/** Turns a push's lines into `output` events with its progress, a few times a second. */
export function reportPush(
  report: Report,
  now: () => number = () => performance.now(),
): { take(line: PushLine): void } {
  const layers = new Map<string, { bytes: number; done: boolean }>();
  let reportedAt = Number.NEGATIVE_INFINITY;
  return {
    take({ id, status = '', progressDetail }) {
      // The line about the repository has the tag as its ID.
      if (!id || status.startsWith('The push refers')) return;
      const bytes = progressDetail?.current ?? layers.get(id)?.bytes ?? 0;
      layers.set(id, { bytes, done: DONE.test(status) });
      if (now() - reportedAt < INTERVAL_MS) return;
      reportedAt = now();
      const all = [...layers.values()];
      const megabytes = all.reduce((sum, layer) => sum + layer.bytes, 0) / 1e6;
      const done = all.filter((layer) => layer.done).length;
      report({ type: 'output', line: `${megabytes.toFixed(1)} MB, ${done} of ${all.length} layers` });
    },
  };
}
