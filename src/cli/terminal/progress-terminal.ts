import type { MultiBar, SingleBar } from 'cli-progress';
import type { BuildStepEvent, ProgressEvent } from '../../protocol/events.ts';
import { safeText } from '../../protocol/terminal-text.ts';
import { formatBytes, formatSpan } from './format.ts';
import { countLayers } from './layers.ts';
import type { Output } from './output.ts';
import type { Progress } from './progress.ts';

const FRAME_MS = 100;
const KEEP_STEP_AFTER_MS = 1000;
const SHOW_TIME_AFTER_MS = 2000;

/** Progress on a terminal: one line that changes, and bars for the layers of a pull while there is one. */
export function createTerminalProgress(
  output: Pick<Output, 'transient' | 'hint' | 'warn'>,
  terminal: NodeJS.WriteStream = process.stderr,
): Progress {
  let line: { text: string; sinceMs: number; last?: string } | undefined;
  let bars: ReturnType<typeof createLayerBars> | undefined;
  const timer = setInterval(draw, FRAME_MS);

  function draw(): void {
    bars?.draw();
    if (bars || !line) return;
    const spanMs = Date.now() - line.sinceMs;
    if (spanMs < SHOW_TIME_AFTER_MS) output.transient(line.text);
    // What takes long shows that it goes on, by the last line that its tool has printed.
    else output.transient(`${formatSpan(spanMs)}  ${[line.text, line.last].filter(Boolean).join(' · ')}`);
  }
  function endBars(): void {
    bars?.stop();
    bars = undefined;
  }
  function keepLine(): void {
    output.transient('');
    if (!line) return;
    const spanMs = Date.now() - line.sinceMs;
    if (spanMs >= KEEP_STEP_AFTER_MS) output.hint(`${line.text} (${formatSpan(spanMs)})`);
    line = undefined;
  }
  function report(event: ProgressEvent): void {
    if (event.type === 'timing') return;
    if (event.type === 'output') {
      if (line) line.last = event.line;
      return;
    }
    if (event.type === 'layer') {
      if (!bars) output.transient('');
      bars ??= createLayerBars(terminal);
      bars.add(event);
      return;
    }
    endBars();
    keepLine();
    if (event.type === 'warning') output.warn(event.text);
    else line = { text: event.type === 'step' ? event.text : describeStep(event), sinceMs: Date.now() };
    draw();
  }
  function stop(): void {
    clearInterval(timer);
    endBars();
    keepLine();
  }
  return { report, stop };
}

function describeStep({ image, step, steps, text }: BuildStepEvent): string {
  return `${image} [${step}/${steps}] ${text.replace(/\s+/g, ' ').slice(0, 100)}`;
}

/** One bar for the whole and one for each layer that is under way. cli-progress is loaded with the first layer. */
function createLayerBars(terminal: NodeJS.WriteStream) {
  const counter = countLayers();
  const startedMs = Date.now();
  const shown = new Map<string, SingleBar>();
  let multi: MultiBar | undefined;
  let total: SingleBar | undefined;
  let stopped = false;

  import('cli-progress').then(({ default: { MultiBar, Presets } }) => {
    if (stopped) return;
    multi = new MultiBar(
      {
        stream: terminal,
        format: '{bar} {text}',
        barsize: 24,
        hideCursor: true,
        clearOnComplete: true,
        gracefulExit: false,
      },
      Presets.shades_grey,
    );
    total = multi.create(1, 0, { text: '' });
  });

  function draw(): void {
    if (!multi || !total) return;
    const { doneBytes, totalBytes, finished, count } = counter.sum();
    const rate = Math.round((doneBytes * 1000) / Math.max(1, Date.now() - startedMs));
    total.setTotal(Math.max(1, totalBytes));
    total.update(Math.min(doneBytes, totalBytes), {
      text: `${formatBytes(doneBytes)} of ${formatBytes(totalBytes)}, ${formatBytes(rate)}/s, ${finished} of ${count} layers`,
    });
    // More bars than the terminal has lines would scroll.
    const most = Math.max(1, (terminal.rows ?? 24) - 3);
    const active = [...counter.layers.values()]
      .filter(({ phase, totalBytes: size }) => (phase === 'downloading' || phase === 'extracting') && size)
      .slice(0, most);
    for (const [id, bar] of shown) {
      if (active.some((layer) => layer.id === id)) continue;
      multi.remove(bar);
      shown.delete(id);
    }
    for (const { id, phase, currentBytes, totalBytes: size = 1 } of active) {
      const bar = shown.get(id) ?? multi.create(size, 0, { text: '' });
      shown.set(id, bar);
      bar.update(Math.min(currentBytes, size), {
        text: `${safeText(id)} ${phase} ${formatBytes(currentBytes)} of ${formatBytes(size)}`,
      });
    }
  }
  return {
    add: counter.add,
    draw,
    stop(): void {
      stopped = true;
      multi?.stop();
    },
  };
}
