import process from 'node:process';
import { styleText } from 'node:util';
import { toEzjError } from '../../protocol/errors.ts';
import type { ProgressEvent } from '../../protocol/events.ts';
import { SafeText, safeText } from '../../protocol/terminal-text.ts';
import { formatTable } from './table.ts';

type Style = 'bold' | 'dim' | 'red' | 'yellow' | 'green' | 'cyan';

/** Whether a stream gets colours: `NO_COLOR` and `FORCE_COLOR` decide, then whether it is a terminal. */
export function wantsColour(stream: { isTTY?: boolean }, env: NodeJS.ProcessEnv = process.env): boolean {
  if (env.NO_COLOR) return false;
  if (env.FORCE_COLOR !== undefined) return env.FORCE_COLOR !== '0' && env.FORCE_COLOR !== 'false';
  return stream.isTTY === true && env.TERM !== 'dumb';
}

/** {@link safeText} that also stays on its line: a file name may hold a newline. */
export function oneLine(text: string): string {
  return safeText(text.replace(/[\t\n\r]/g, '\ufffd'));
}

/** JSON escapes only some control characters. The others reach a terminal too. */
export function toJson(value: unknown, indent?: number): string {
  return JSON.stringify(value, undefined, indent).replace(/[\x7f-\x9f\p{Cf}\p{Zl}\p{Zp}]/gu, (character) =>
    character.replace(/./gs, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`),
  );
}

/** Everything that the command line prints, as text or as JSON: data on stdout, the rest on stderr. */
export function createOutput({ json }: { json: boolean }) {
  // Taken from process at each use: that is what makes node load a stream's code, and most commands write to one only.
  const { env } = process;
  const style = (format: Style, text: string, stream: NodeJS.WriteStream = process.stderr) =>
    wantsColour(stream, env) ? paint(format, text) : text;

  return {
    /** Whether `--json` was given. */
    json,
    style,
    /** Whether stderr can show a line that changes. */
    get animated(): boolean {
      return process.stderr.isTTY === true && env.TERM !== 'dumb' && !json;
    },

    /** The result of a command: `value` as one JSON document, or else `text`. */
    result(value: unknown, text: string): void {
      writeOut(`${json ? toJson(value, 2) : safeText(text)}\n`);
    },
    /** A line of the result that only people get. */
    text(line: string): void {
      writeOut(`${safeText(line)}\n`);
    },
    /** Result bytes as they are: of a shell, whose terminal this is, or of a file. */
    raw(chunk: Uint8Array | string): void {
      writeOut(chunk);
    },
    /** What a session prints, for a terminal or a file. The session decides nothing about the terminal. */
    safe(): { write(text: string): void; end(): void } {
      const safe = new SafeText({ colours: wantsColour(process.stdout, env) });
      return { write: (text) => writeOut(safe.write(text)), end: () => writeOut(safe.end()) };
    },
    /** Bytes of a command's stderr as they are. */
    rawError(chunk: Uint8Array): void {
      process.stderr.write(chunk);
    },
    /** The result as a table with headings, or `value` as JSON. */
    async table(value: unknown, headings: string[], rows: string[][]): Promise<void> {
      if (json) return this.result(value, '');
      const lines = await formatTable([headings, ...rows].map((row) => row.map(oneLine)));
      const [first = '', ...others] = lines;
      writeOut([style('dim', first, process.stdout), ...others, ''].join('\n'));
    },
    /** A remark beside the result. */
    note(line: string): void {
      if (!json) process.stderr.write(`${safeText(line)}\n`);
    },
    /** A quiet remark. */
    hint(line: string): void {
      if (!json) process.stderr.write(`${style('dim', safeText(line))}\n`);
    },
    /** Something the user must know. */
    warn(line: string): void {
      if (json) process.stderr.write(`${toJson({ type: 'warning', text: line })}\n`);
      else process.stderr.write(`${style('yellow', 'warning:')} ${safeText(line)}\n`);
    },
    /** An event of a long call as a line of JSON. */
    event(event: ProgressEvent): void {
      process.stderr.write(`${toJson(event)}\n`);
    },
    /** A line on stderr that the next one replaces; empty to clear it. Only where `animated`. */
    transient(line: string): void {
      process.stderr.write(`\r\x1b[K${line && style('dim', cut(line, (process.stderr.columns || 80) - 1))}`);
    },
    /** Prints any error and gives the exit code for it. */
    error(thrown: unknown): number {
      const error = toEzjError(thrown);
      if (json) {
        process.stderr.write(`${toJson({ error: error.toJSON() })}\n`);
        return error.exitCode;
      }
      const details = (error.details ?? []).map((line) => `  ${oneLine(line)}\n`).join('');
      const arrow = error.hint === undefined ? '' : `${style('cyan', '→')} ${safeText(error.hint)}\n`;
      process.stderr.write(`${style('red', 'ezj:')} ${safeText(error.message)}\n${details}${arrow}`);
      if (env.EZJ_DEBUG === '1')
        process.stderr.write(`${(error.cause instanceof Error ? error.cause : error).stack}\n`);
      return error.exitCode;
    },
  };
}

export type Output = ReturnType<typeof createOutput>;

let guarded = false;

function writeOut(chunk: Uint8Array | string): void {
  if (!guarded) {
    guarded = true;
    // `ezj list | head -0`: whoever reads has enough, and that is no failure.
    process.stdout.on('error', (error: NodeJS.ErrnoException) =>
      process.exit(error.code === 'EPIPE' ? process.exitCode : 1),
    );
  }
  process.stdout.write(chunk);
}

function paint(format: Style, text: string): string {
  // Newer Node looks at stdout by itself, which is not the stream that was decided on; Node 20 knows no third parameter.
  const paintOn = styleText as (format: Style, text: string, options: { validateStream: boolean }) => string;
  return paintOn(format, text, { validateStream: false });
}

function cut(line: string, width: number): string {
  const text = safeText(line.replace(/\s+/g, ' '));
  return text.length > width ? `${text.slice(0, Math.max(0, width - 1))}…` : text;
}
