import process from 'node:process';
import type { Command } from 'commander';
import { type Context, contextOf } from '../context.ts';
import { parseTail } from '../options/tail.ts';
import { pickSession } from '../pick-session.ts';

interface LogsOptions {
  follow?: boolean;
  tail?: number;
}

/** `ezj logs`. */
export function defineLogs(command: Command): void {
  command
    .argument('[NAME]', "a session's name or folder (default: this folder)")
    .option('-f, --follow', 'go on until the session ends or Ctrl-C')
    .option('-n, --tail <N>', 'only the last N lines', parseTail)
    .option('--json', 'the lines as JSON; with -f, one document a line')
    .action((name: string | undefined, options: LogsOptions, self: Command) => logs(name, options, contextOf(self)));
}

async function logs(name: string | undefined, options: LogsOptions, { api, output }: Context): Promise<void> {
  const { follow = false, tail } = options;
  const session = pickSession(await api.sessions(), name);
  const stream = await api.logs(session.name, { follow, tail });
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
