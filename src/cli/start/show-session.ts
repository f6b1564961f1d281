import process from 'node:process';
import { pathToFileURL } from 'node:url';
import type { Client } from '../../client/client.ts';
import { isLoopback } from '../../protocol/addresses.ts';
import { toEzjError } from '../../protocol/errors.ts';
import type { Session, SessionAccess } from '../../protocol/session.ts';
import { openBrowser, sshTunnelLine, whyNoBrowser } from '../browser.ts';
import { describeSharedCookies } from '../shared-cookies.ts';
import { countOf } from '../terminal/format.ts';
import type { Output } from '../terminal/output.ts';

/** Prints a session that is ready: its URL as the result, and beside it what the user has to know. */
export function showAccess(access: SessionAccess, { output, env }: { output: Output; env: NodeJS.ProcessEnv }): void {
  const { session, url, signIn, sharesCookies, reused, differences = [] } = access;
  if (reused) output.note(`${session.name} is already running`);
  for (const difference of differences) output.warn(`the running session differs from your request: ${difference}`);
  if (differences.length > 0) output.note(describeRemake(access));
  if (!isLoopback(session.bind)) {
    output.warn(
      `port ${session.port} of ${session.bind} is open to other machines: whoever has the ${signIn === 'rstudio' ? 'password' : 'URL'} can run commands in the container and change this folder, and plain http lets the network read along`,
    );
  }
  if (signIn === 'none') {
    output.warn(`${session.name} has no sign-in: anyone who can reach port ${session.port} on ${session.bind} is in`);
  }
  output.result(access, url);
  if (signIn === 'rstudio') noteSignIn(access, { output, env });
  if (sharesCookies) output.hint(describeSharedCookies(url));
  const tunnel = sshTunnelLine(session, env);
  if (tunnel) output.note(`On your own machine, type this and then open the URL there:\n  ${tunnel}`);
}

/** How to get a session's settings changed: its container has to go, and goes by itself where nothing would be lost. */
function describeRemake({ session, changedFiles = 0 }: Pick<SessionAccess, 'session' | 'changedFiles'>): string {
  if (changedFiles === 0) return `To have it as asked: ezj stop ${session.name}, then this command again`;
  const files = `its ${countOf(changedFiles, 'changed file')} outside the project and the home folder would be lost`;
  return `To have it as asked: ezj stop --discard ${session.name}, then this command again; ${files}`;
}

function noteSignIn({ session }: SessionAccess, { output, env }: { output: Output; env: NodeJS.ProcessEnv }): void {
  const password = `ezj url --password ${session.name}`;
  if (whyNoBrowser({ env, platform: process.platform })) {
    output.note(`It asks for user and password: ${password} prints them`);
    return;
  }
  output.note(`ezj open ${session.name} signs you in; ${password} prints what to type instead`);
}

/** Opens a session in the browser, with a link that holds no token. Gives the reason where that was not possible. */
export async function openSession(input: {
  session: Session;
  notebook?: string;
  client: Client;
  output: Output;
  env: NodeJS.ProcessEnv;
}): Promise<string | undefined> {
  const { session, notebook, client, output, env } = input;
  const reason = whyNoBrowser({ env, platform: process.platform });
  if (reason) return reason;
  try {
    const { url, file, signedIn } = await client.call('POST /v1/sessions/:name/link', {
      params: { name: session.name },
      body: { notebook },
    });
    await openBrowser(file === undefined ? url : pathToFileURL(file).href, env);
    if (!signedIn) output.note(`It asks for user and password: ezj url --password ${session.name} prints them`);
    return undefined;
  } catch (error) {
    return toEzjError(error).message;
  }
}
