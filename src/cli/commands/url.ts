import type { Command } from 'commander';
import { type Context, contextOf } from '../context.ts';
import { pickRunning } from '../pick-session.ts';

/** `ezj url`. */
export function defineUrl(command: Command): void {
  command
    .argument('[NAME]', "a session's name or folder (default: this folder)")
    .option('--json', 'the session and its URL as JSON')
    .action((name: string | undefined, _options: unknown, self: Command) => printUrl(name, contextOf(self)));
}

async function printUrl(name: string | undefined, { api, output }: Context): Promise<void> {
  const access = await api.access(pickRunning(await api.sessions(), name).name);
  output.result(access, access.url);
}
