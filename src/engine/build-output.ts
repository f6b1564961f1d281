import type { Report } from '../protocol/events.ts';
import { safeText } from '../protocol/terminal-text.ts';
import { type PullLine, reportLayers } from './pull-progress.ts';

const LAST_LINES = 30;
/** A program can print a line without an end. */
const LONGEST_LINE = 10_000;

/** One line of the engine's answer to a build. The pull of a base image sends lines of a pull. */
export interface BuildLine extends PullLine {
  stream?: string;
  aux?: { ID?: string };
}

/** The state of a build, as its output shows it. */
export interface BuildProgress {
  take(line: BuildLine): void;
  /** Reports the events that are still pending. */
  flush(): void;
  /** The current instruction, as in the Dockerfile. */
  instruction(): string;
  /** The last lines of output, oldest first. */
  lastLines(): string[];
  /** Images that this build created, oldest first, without its bases and without cached images. */
  madeImages(): string[];
  /** Containers in which it ran instructions. */
  madeContainers(): string[];
  succeeded(): boolean;
}

/** Reads a classic builder's output, Docker's and Podman's, and reports `build-step`, `output` and `layer` events. */
export function reportBuild({ title, report }: { title: string; report: Report }): BuildProgress {
  const layers = reportLayers(report);
  const lines: string[] = [];
  const images: string[] = [];
  const containers: string[] = [];
  let instruction = '';
  let cached = false;
  let success = false;
  let rest = '';

  function takeLine(raw: string): void {
    // A progress bar overwrites its line.
    const line = safeText(raw.trimEnd().replace(/^.*\r/, '')).trimEnd();
    const step = /^step (\d+)\/(\d+) ?: (.*)$/i.exec(line);
    if (step) takeStep({ step: Number(step[1]), steps: Number(step[2]), text: step[3] ?? '' });
    if (step || takeMark(line) || line === '') return;
    lines.push(line);
    if (lines.length > LAST_LINES) lines.shift();
    report({ type: 'output', line });
  }

  function takeStep({ step, steps, text }: { step: number; steps: number; text: string }): void {
    instruction = text;
    cached = false;
    report({ type: 'build-step', image: title, step, steps, text });
  }

  /** The builder's own lines, which do not help the user. */
  function takeMark(line: string): boolean {
    // Docker: ` ---> Using cache` and then ` ---> 0123456789ab`; Podman: `--> Using cache 0123…`, or `--> 0123456789a`.
    const running = /^ ---> Running in ([0-9a-f]+)$/.exec(line)?.[1];
    const made = /^ ?--?-> ([0-9a-f]{11,})$/.exec(line)?.[1];
    if (running) containers.push(running);
    if (/^ ?--?-> Using cache/.test(line)) cached = true;
    else if (made && !cached && !/^from\b/i.test(instruction)) images.push(made);
    if (/^(?:Successfully (?:built|tagged) |COMMIT )/.test(line)) success = true;
    return /^(?: ?--?-> |COMMIT |[0-9a-f]{64}$|Removing intermediate container |Successfully (?:built|tagged) )/.test(
      line,
    );
  }

  return {
    take(line) {
      if (line.aux?.ID) success = true;
      if (line.status !== undefined) layers.take(line);
      if (line.stream === undefined) return;
      const parts = (rest + line.stream).split(/\r?\n/);
      rest = parts.pop() ?? '';
      rest = rest.slice(0, LONGEST_LINE);
      for (const part of parts) takeLine(part.slice(0, LONGEST_LINE));
    },
    flush() {
      layers.flush();
      if (rest) takeLine(rest);
      rest = '';
    },
    instruction: () => instruction,
    lastLines: () => [...lines],
    madeImages: () => [...images],
    madeContainers: () => [...containers],
    succeeded: () => success,
  };
}
