import type { Command } from 'commander';
import { type Context, contextOf } from '../context.ts';
import { pickRunning } from '../pick-session.ts';

/** `ezj url`. */
export function defineUrl(command: Command): void {
  command
    .argument('[NAME]', "a session's name or folder (default: this folder)")
    .option('--password', 'also the user and the password of a session that asks for them, one a line')
    .option('--json', 'the session and its URL as JSON')
    .action((name: string | undefined, options: { password?: boolean }, self: Command) =>
      printUrl(name, options, contextOf(self)),
    );
}

async function printUrl(
  name: string | undefined,
  { password: withPassword = false }: { password?: boolean },
  { api, output }: Context,
): Promise<void> {
  const session = pickRunning(await api.sessions(), name);
  if (withPassword) {
    const credentials = await api.credentials(session.name);
    const { url, user, password } = credentials;
    return output.result(credentials, [url, user, password].join('\n'));
  }
  const access = await api.access(session.name);
  output.result(access, access.url);
}
