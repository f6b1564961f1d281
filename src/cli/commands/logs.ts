import process from 'node:process';
import { StringDecoder } from 'node:string_decoder';
import { readLines } from '../../protocol/lines.ts';
import type { Context } from '../context.ts';
import { declareCommand, type OptionValues } from '../declaration.ts';
import { flag, option } from '../declare-option.ts';
import { parseTail } from '../options/parsers.ts';
import { SESSION } from '../options/shared.ts';
import { pickSession } from '../pick-session.ts';
import { type Output, toJson } from '../terminal/output.ts';

/** A session can print a line without an end. */
const LONGEST_LINE = 2 ** 20;

const OPTIONS = {
  follow: flag('-f, --follow', 'Follow the log until the session ends or you press Ctrl-C.'),
  tail: option('-n, --tail <N>', 'Print the last N lines only.', { parse: parseTail }),
};

/** `ezj logs`. */
export const logsCommand = declareCommand({
  name: 'logs',
  summary: 'what a session has logged',
  brief: '[NAME] [-f]',
  json: 'Print the lines as JSON; with -f, one document a line.',
  arguments: [SESSION],
  options: OPTIONS,
  run: ({ args: [name], options, context }) => logs(name, options, context),
});

async function logs(
  name: string | undefined,
  options: OptionValues<typeof OPTIONS>,
  { client, output }: Context,
): Promise<void> {
  const { follow = false, tail } = options;
  const session = pickSession(await client.call('GET /v1/sessions', { query: {} }), name);
  const stream = await client.text('GET /v1/sessions/:name/logs', {
    params: { name: session.name },
    query: { follow, tail },
  });
  if (!output.json) return printSafely(stream, output, follow);
  if (follow) endOnCtrlC(() => {});
  const lines: string[] = [];
  for await (const raw of readLines(stream, { longest: LONGEST_LINE })) {
    const line = raw.replace(/\r$/, '');
    if (follow) output.raw(`${toJson({ session: session.name, line })}\n`);
    else lines.push(line);
  }
  if (!follow) output.result({ session: session.name, lines }, '');
}

/** Ctrl-C is how following ends, so it is no failure. */
function endOnCtrlC(before: () => void): void {
  process.once('SIGINT', () => {
    before();
    process.exit(0);
  });
}

/** Also into a file or a pipe, because a program behind it prints the log on a terminal later. */
async function printSafely(stream: AsyncIterable<Uint8Array>, output: Output, follow: boolean): Promise<void> {
  const safe = output.safe();
  const decoder = new StringDecoder('utf8');
  if (follow) endOnCtrlC(safe.end);
  for await (const chunk of stream) safe.write(decoder.write(Buffer.from(chunk)));
  safe.write(decoder.end());
  safe.end();
}
