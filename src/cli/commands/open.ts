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

async function open(name: string | undefined, { client, output, env }: Context): Promise<void> {
  const session = pickRunning(await client.call('GET /v1/sessions', { query: {} }), name);
  const reason = await openSession({ session, client, output, env });
  const opened = reason === undefined;
  if (opened && !output.json) return output.note(`${session.name} is opened in the browser`);
  const access = await client.call('GET /v1/sessions/:name/access', { params: { name: session.name } });
  if (output.json) return output.result({ session, url: access.url, opened, reason }, '');
  output.note(`No browser opened: ${reason}`);
  showAccess({ ...access, reused: false, differences: [] }, { output, env });
}
