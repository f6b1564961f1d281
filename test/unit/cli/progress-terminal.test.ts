import { PassThrough } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Progress } from '../../../src/cli/terminal/progress.ts';
import { createTerminalProgress } from '../../../src/cli/terminal/progress-terminal.ts';
import type { LayerEvent } from '../../../src/protocol/events.ts';

let lines: string[];
let terminal: ReturnType<typeof standInTerminal>;
let progress: Progress;

beforeEach(() => {
  lines = [];
  terminal = standInTerminal();
  progress = open();
});

afterEach(() => {
  progress.stop();
  vi.useRealTimers();
});

/** Lines that change begin with a tilde. */
function open(): Progress {
  const output = {
    transient: (line: string) => void lines.push(`~${line}`),
    hint: (line: string) => void lines.push(line),
    warn: (line: string) => void lines.push(`warning: ${line}`),
  };
  return createTerminalProgress(output, terminal.stream);
}

/** A stream that says of itself what a terminal's does, and keeps what was written. */
function standInTerminal() {
  let written = '';
  const stream = Object.assign(new PassThrough(), { isTTY: true, columns: 120, rows: 24 });
  const look = new Set<() => void>();
  stream.on('data', (chunk: Buffer) => {
    written += chunk.toString();
    for (const each of look) each();
  });
  return {
    stream: stream as unknown as NodeJS.WriteStream,
    raw: () => written,
    /** Resolves when this has been shown since the beginning. */
    shows: (pattern: RegExp) =>
      new Promise<RegExpExecArray>((resolve) => {
        const check = () => {
          const found = pattern.exec(stripVTControlCharacters(written));
          if (found) resolve(found);
        };
        look.add(check);
        check();
      }),
  };
}

function report(id: string, phase: LayerEvent['phase'], megabytes: number, totalMegabytes?: number): void {
  const totalBytes = totalMegabytes === undefined ? undefined : totalMegabytes * 1e6;
  progress.report({ type: 'layer', id, phase, currentBytes: megabytes * 1e6, totalBytes });
}

test('a pull shows what has come of how much, how fast, and each layer that is under way', async () => {
  report('aaa', 'downloading', 5, 10);
  report('bbb', 'downloading', 1, 2);
  report('ccc', 'waiting', 0);
  const [, rate] = await terminal.shows(/ 6 MB of 12 MB, ([\d.]+ [kMG]?B)\/s, 0 of 3 layers/);
  expect(Number.parseFloat(rate ?? '')).toBeGreaterThan(0);
  await terminal.shows(/aaa downloading 5 MB of 10 MB/);
  await terminal.shows(/bbb downloading 1 MB of 2 MB/);
});

test('a layer that is unpacked counts as downloaded, and as finished when it is done', async () => {
  report('aaa', 'downloading', 10, 10);
  report('bbb', 'downloading', 1, 2);
  report('aaa', 'extracting', 3, 10);
  await terminal.shows(/ 11 MB of 12 MB, .*0 of 2 layers/);
  await terminal.shows(/aaa extracting 3 MB of 10 MB/);
  report('aaa', 'done', 10);
  await terminal.shows(/ 11 MB of 12 MB, .*1 of 2 layers/);
});

test('the end of a pull gives the cursor back', async () => {
  report('aaa', 'downloading', 5, 10);
  await terminal.shows(/5 MB of 10 MB/);
  expect(terminal.raw()).toContain('\x1b[?25l');
  progress.stop();
  expect(terminal.raw().lastIndexOf('\x1b[?25h')).toBeGreaterThan(terminal.raw().lastIndexOf('\x1b[?25l'));
});

test('a step is a line that changes; one that took a second stays, with its time', () => {
  progress.stop();
  vi.useFakeTimers();
  progress = open();
  progress.report({ type: 'step', text: 'Building base' });
  expect(lines.at(-1)).toBe('~Building base');
  vi.advanceTimersByTime(3000);
  expect(lines.at(-1)).toBe('~3 s  Building base');
  progress.report({ type: 'build-step', image: 'base', step: 2, steps: 9, text: 'RUN  install\n  it' });
  expect(lines.slice(-2)).toEqual(['Building base (3 s)', '~base [2/9] RUN install it']);
  progress.report({ type: 'warning', text: 'careful' });
  expect(lines.slice(-2)).toEqual(['~', 'warning: careful']);
});
