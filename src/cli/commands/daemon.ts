import { existsSync, readFileSync } from 'node:fs';
import type { Hello } from '../../protocol/daemon.ts';
import { daemonPaths } from '../../protocol/paths.ts';
import { safeText } from '../../protocol/terminal-text.ts';
import type { Context } from '../context.ts';
import { declareCommand } from '../declaration.ts';
import { option } from '../declare-option.ts';
import { parseTail } from '../options/parsers.ts';
import { countOf, formatBytes, formatSpan } from '../terminal/format.ts';
import type { Output } from '../terminal/output.ts';

/** `ezj daemon`: one sub-command a verb. */
export const daemonCommand = declareCommand({
  name: 'daemon',
  summary: 'the background process',
  brief: 'status|start|stop|logs',
  run: ({ context }) => status(context),
  subcommands: [
    declareCommand({
      name: 'status',
      summary: 'show whether the daemon runs, and how it is',
      run: ({ context }) => status(context),
    }),
    declareCommand({
      name: 'start',
      summary: 'start it; any command that needs it does the same',
      async run({ context: { client, output } }) {
        const hello = await client.call('GET /v1/hello', {});
        output.result(hello, describeDaemon(hello));
      },
    }),
    declareCommand({
      name: 'stop',
      summary: 'stop it; sessions keep running',
      async run({ context: { client, output } }) {
        const ran = (await client.hello()) !== undefined;
        await client.stopDaemon();
        output.result({ stopped: ran }, ran ? 'The daemon has ended. Sessions keep running.' : 'No daemon runs.');
      },
    }),
    declareCommand({
      name: 'logs',
      summary: 'print what it has logged',
      options: {
        tail: option('-n, --tail <N>', 'Print the last N lines only.', { parse: parseTail, default: 100 }),
      },
      run: ({ options: { tail }, context }) => showLog(tail, context.output),
    }),
  ],
});

function showLog(tail: number, output: Output): void {
  const { log } = daemonPaths();
  const all = existsSync(log) ? readFileSync(log, 'utf8').trimEnd().split('\n') : [];
  const lines = all.slice(Math.max(0, all.length - tail));
  output.hint(log);
  output.result({ path: log, lines }, lines.map((line) => safeText(line)).join('\n'));
}

async function status({ client, output }: Context): Promise<void> {
  const hello = await client.hello();
  output.result(
    { running: hello !== undefined, ...hello },
    hello ? describeDaemon(hello) : 'No daemon runs; the next command starts one.',
  );
}

function describeDaemon({ pid, version, startedAt, engine, sessions, rssBytes }: Hello): string {
  const since = formatSpan(Date.now() - Date.parse(startedAt));
  return `ezj ${version}, process ${pid}, for ${since}, ${countOf(sessions, 'session')}, ${formatBytes(rssBytes)} of memory, ${engine ? `engine ${engine}` : 'no engine found yet'}`;
}
