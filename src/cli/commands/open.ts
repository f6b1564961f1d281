import type { Context } from '../context.ts';
import { declareCommand } from '../declaration.ts';
import { SESSION } from '../options/shared.ts';
import { pickRunning } from '../pick-session.ts';
import { openSession, showAccess } from '../start/show-session.ts';

/** `ezj open`. */
export const openCommand = declareCommand({
  name: 'open',
  summary: 'open a session in the browser',
  json: 'Print whether it was opened, and the URL, as JSON.',
  arguments: [SESSION],
  run: ({ args: [name], context }) => open(name, context),
});

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
