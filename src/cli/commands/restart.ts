import type { Command } from 'commander';
import { type Context, contextOf } from '../context.ts';
import { pickSession } from '../pick-session.ts';
import { cancellable } from '../terminal/cancel.ts';
import { withProgress } from '../terminal/with-progress.ts';

/** `ezj restart`. */
export function defineRestart(command: Command): void {
  command
    .argument('[NAME]', "a session's name or folder (default: this folder)")
    .option('--json', 'the session and its URL as JSON')
    .action((name: string | undefined, _options: unknown, self: Command) => restart(name, contextOf(self)));
}

async function restart(name: string | undefined, { api, output }: Context): Promise<void> {
  const session = pickSession(await api.sessions(), name);
  const access = await withProgress(output, (report) =>
    cancellable((signal) => api.restartSession(session.name, { report, signal })),
  );
  output.hint(`${session.name} runs again`);
  output.result(access, access.url);
}
