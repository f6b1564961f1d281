import { existsSync, readFileSync } from 'node:fs';
import type { Command } from 'commander';
import type { Hello } from '../../protocol/daemon.ts';
import { daemonPaths } from '../../protocol/paths.ts';
import { contextOf } from '../context.ts';
import { parseTail } from '../options/tail.ts';
import { countOf, formatBytes, formatSpan } from '../terminal/format.ts';
import { printable } from '../terminal/output.ts';

/** `ezj daemon`: one sub-command a verb. */
export function defineDaemon(command: Command): void {
  command.option('--json', 'as JSON').action((_options: unknown, self: Command) => status(self));
  addVerb(command, 'status', 'Whether it runs, and how it is.').action((_options: unknown, self: Command) =>
    status(self),
  );
  addVerb(command, 'start', 'Start it; any command that needs it does.').action(
    async (_options: unknown, self: Command) => {
      const { api, output } = contextOf(self);
      const hello = await api.start();
      output.result(hello, describeDaemon(hello));
    },
  );
  addVerb(command, 'stop', 'End it; sessions go on.').action(async (_options: unknown, self: Command) => {
    const { api, output } = contextOf(self);
    const ran = (await api.hello()) !== undefined;
    await api.stopDaemon();
    output.result({ stopped: ran }, ran ? 'The daemon has ended; sessions go on.' : 'No daemon runs.');
  });
  addVerb(command, 'logs', 'What it has logged.')
    .option('-n, --tail <N>', 'only the last N lines', parseTail, 100)
    .action((options: { tail: number }, self: Command) => {
      const { log } = daemonPaths();
      const all = existsSync(log) ? readFileSync(log, 'utf8').trimEnd().split('\n') : [];
      const lines = all.slice(Math.max(0, all.length - options.tail));
      const { output } = contextOf(self);
      output.hint(log);
      output.result({ path: log, lines }, lines.map(printable).join('\n'));
    });
}

function addVerb(command: Command, name: string, description: string): Command {
  return command.command(name).description(description).option('--json', 'as JSON');
}

async function status(self: Command): Promise<void> {
  const { api, output } = contextOf(self);
  const hello = await api.hello();
  output.result(
    { running: hello !== undefined, ...hello },
    hello ? describeDaemon(hello) : 'No daemon runs; the next command starts one.',
  );
}

function describeDaemon({ pid, version, startedAt, engine, sessions, rssBytes }: Hello): string {
  const since = formatSpan(Date.now() - Date.parse(startedAt));
  return `ezj ${version}, process ${pid}, for ${since}, ${countOf(sessions, 'session')}, ${formatBytes(rssBytes)} of memory, ${engine ? `engine ${engine}` : 'no engine found yet'}`;
}
