import type { Context } from '../context.ts';
import { declareCommand } from '../declaration.ts';
import { flag } from '../declare-option.ts';
import { SESSION } from '../options/shared.ts';
import { pickRunning } from '../pick-session.ts';
import { describeSharedCookies } from '../shared-cookies.ts';

/** `ezj url`. */
export const urlCommand = declareCommand({
  name: 'url',
  summary: 'print the URL of a session, with its token',
  together: { with: 'open', summary: 'a session in the browser; its URL' },
  json: 'Print the session and its URL as JSON.',
  arguments: [SESSION],
  options: {
    password: flag('--password', 'Print URL, user and password of an RStudio session, one a line.'),
  },
  run: ({ args: [name], options, context }) => printUrl(name, options, context),
});

async function printUrl(
  name: string | undefined,
  { password: withPassword = false }: { password?: boolean },
  { client, output }: Context,
): Promise<void> {
  const session = pickRunning(await client.call('GET /v1/sessions', { query: {} }), name);
  if (withPassword) {
    const credentials = await client.call('GET /v1/sessions/:name/credentials', { params: { name: session.name } });
    const { url, user, password } = credentials;
    return output.result(credentials, [url, user, password].join('\n'));
  }
  const access = await client.call('GET /v1/sessions/:name/access', { params: { name: session.name } });
  output.result(access, access.url);
  if (access.sharesCookies) output.hint(describeSharedCookies(access.url));
}
