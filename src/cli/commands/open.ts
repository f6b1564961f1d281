import type { Command } from 'commander';
import { type Context, contextOf } from '../context.ts';
import { pickRunning } from '../pick-session.ts';
import { openSession, showAccess } from '../start/show-session.ts';

/** `ezj open`. */
export function defineOpen(command: Command): void {
  command
    .argument('[NAME]', "a session's name or folder (default: this folder)")
    .option('--json', 'whether it was opened, and the URL, as JSON')
    .action((name: string | undefined, _options: unknown, self: Command) => open(name, contextOf(self)));
}

async function open(name: string | undefined, { api, output, env }: Context): Promise<void> {
  const session = pickRunning(await api.sessions(), name);
  const reason = await openSession({ session, api, output, env });
  if (output.json) {
    const { url } = await api.access(session.name);
    return output.result({ session, url, opened: reason === undefined, reason }, '');
  }
  if (reason === undefined) return output.note(`${session.name} is opened in the browser`);
  output.note(`No browser opened: ${reason}`);
  showAccess({ ...(await api.access(session.name)), reused: false, differences: [] }, { output, env });
}
