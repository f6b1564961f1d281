import { performance } from 'node:perf_hooks';
import type { LayerEvent, Report } from '../protocol/events.ts';

/** One line of the engine's answer to a pull. */
export interface PullLine {
  status?: string;
  id?: string;
  progressDetail?: { current?: number; total?: number };
  error?: string;
  errorDetail?: { message?: string };
}

const INTERVAL_MS = 100;

const PHASES: Record<string, LayerEvent['phase']> = {
  'Pulling fs layer': 'waiting',
  Waiting: 'waiting',
  Retrying: 'waiting',
  Downloading: 'downloading',
  'Verifying Checksum': 'downloading',
  'Download complete': 'downloading',
  Extracting: 'extracting',
  'Pull complete': 'done',
  'Already exists': 'done',
};

interface Layer {
  event: LayerEvent;
  reportedAt: number;
  pending: boolean;
}

/** Turns a pull's lines into `layer` events. */
export interface LayerProgress {
  take(line: PullLine): void;
  /** Reports the events that are still pending. */
  flush(): void;
}

/**
 * Reports each layer at most every 100 ms, because an engine sends thousands of lines. Always reports the end of a layer at once, and
 * the last state of each layer.
 */
export function reportLayers(report: Report, now: () => number = () => performance.now()): LayerProgress {
  const layers = new Map<string, Layer>();

  function send(layer: Layer): void {
    layer.pending = false;
    layer.reportedAt = now();
    report(layer.event);
  }

  return {
    take(line) {
      const event = toLayerEvent(line, line.id === undefined ? undefined : layers.get(line.id)?.event);
      if (!event) return;
      const layer = layers.get(event.id) ?? { event, reportedAt: Number.NEGATIVE_INFINITY, pending: false };
      const samePhase = layer.event.phase === event.phase;
      layer.event = event;
      layer.pending = true;
      layers.set(event.id, layer);
      const due = now() - layer.reportedAt >= INTERVAL_MS;
      if (due || (!samePhase && event.phase === 'done')) send(layer);
    },
    flush() {
      for (const layer of layers.values()) if (layer.pending) send(layer);
    },
  };
}

function toLayerEvent(
  { id, status = '', progressDetail = {} }: PullLine,
  before: LayerEvent | undefined,
): LayerEvent | undefined {
  const phase = PHASES[status.replace(/ in \d+ seconds?$/, '')];
  if (!id || !phase) return undefined;
  const totalBytes = progressDetail.total && progressDetail.total > 0 ? progressDetail.total : before?.totalBytes;
  // A line without numbers means that a phase is complete, or has not begun.
  const complete = phase === 'done' || status === 'Download complete' || status === 'Verifying Checksum';
  const currentBytes = progressDetail.current ?? (complete ? (totalBytes ?? 0) : 0);
  return { type: 'layer', id, phase, currentBytes, ...(totalBytes === undefined ? {} : { totalBytes }) };
}
