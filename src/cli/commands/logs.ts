import process from 'node:process';
import type { Context } from '../context.ts';
import { declareCommand, type OptionValues } from '../declaration.ts';
import { flag, option } from '../declare-option.ts';
import { parseTail } from '../options/parsers.ts';
import { SESSION } from '../options/shared.ts';
import { pickSession } from '../pick-session.ts';

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
  // Ctrl-C is how following ends, so it is no failure.
  if (follow) process.once('SIGINT', () => process.exit(0));
  if (!output.json) {
    for await (const chunk of stream) output.raw(chunk as Buffer);
    return;
  }
  const { createInterface } = await import('node:readline');
  const lines: string[] = [];
  for await (const line of createInterface({ input: stream })) {
    if (follow) output.text(JSON.stringify({ session: session.name, line }));
    else lines.push(line);
  }
  if (!follow) output.result({ session: session.name, lines }, '');
}
