import type { ProgressEvent, Report } from '../../protocol/events.ts';
import { formatBytes } from './format.ts';
import { countLayers } from './layers.ts';
import type { Output } from './output.ts';

/** Shows what a long call reports. */
export interface Progress {
  report: Report;
  /** Clears what changes on the terminal. */
  stop(): void;
}

const LAYER_LINE_EVERY_MS = 10_000;

/** Progress as lines for a log: each step once, what it took where that is over a second, a pull every ten seconds. */
export function createLineProgress(output: Pick<Output, 'note' | 'warn'>, now: () => number = Date.now): Progress {
  const layers = countLayers();
  let lastMs = now();
  let stepMs: number | undefined;
  const endStep = () => {
    const tookMs = stepMs === undefined ? 0 : now() - stepMs;
    stepMs = undefined;
    if (tookMs >= 1000) output.note(`  took ${Math.round(tookMs / 1000)} s`);
  };
  const report = (event: ProgressEvent) => {
    if (event.type === 'step') {
      endStep();
      output.note(event.text);
      stepMs = now();
    }
    if (event.type === 'warning') output.warn(event.text);
    else if (event.type === 'build-step')
      output.note(`${event.image} ${event.step}/${event.steps}: ${firstLine(event.text)}`);
    else if (event.type === 'layer') {
      layers.add(event);
      if (now() - lastMs < LAYER_LINE_EVERY_MS) return;
      const { doneBytes, totalBytes, finished, count } = layers.sum();
      const rate = ((doneBytes - layers.mark(doneBytes)) * 1000) / (now() - lastMs);
      lastMs = now();
      output.note(
        `pulling: ${formatBytes(doneBytes)} of ${formatBytes(totalBytes)}, ${finished} of ${count} layers, ${formatBytes(Math.max(0, Math.round(rate)))}/s`,
      );
    }
  };
  return { report, stop: endStep };
}

function firstLine(text: string): string {
  return text.replace(/\s+/g, ' ').slice(0, 160);
}
