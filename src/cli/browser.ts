import { userInfo } from 'node:os';
import type { Session } from '../protocol/session.ts';

/** Where a browser could be opened, as far as this process knows. */
export interface Surroundings {
  env: NodeJS.ProcessEnv;
  platform: NodeJS.Platform;
}

/** Why no browser can be opened from here, in a few words; undefined where one can. */
export function whyNoBrowser({ env, platform }: Surroundings): string | undefined {
  if (env.BROWSER === 'none') return 'BROWSER is none';
  if (env.SSH_CONNECTION) return 'this is an ssh connection';
  if (env.BROWSER) return undefined;
  const isWsl = env.WSL_DISTRO_NAME !== undefined || env.WSL_INTEROP !== undefined;
  const hasDisplay = Boolean(env.DISPLAY || env.WAYLAND_DISPLAY);
  if (platform === 'linux' && !isWsl && !hasDisplay) return 'there is no display';
  return undefined;
}

/** The line to type on one's own machine to reach a session over ssh; undefined where this is no ssh connection. */
export function sshTunnelLine(session: Pick<Session, 'bind' | 'port'>, env: NodeJS.ProcessEnv): string | undefined {
  const [, , host, sshPort] = (env.SSH_CONNECTION ?? '').split(' ');
  if (!host) return undefined;
  const wildcard = session.bind === '0.0.0.0' || session.bind === '::';
  const address = wildcard ? '127.0.0.1' : session.bind.includes(':') ? `[${session.bind}]` : session.bind;
  const port = sshPort && sshPort !== '22' ? `-p ${sshPort} ` : '';
  return `ssh ${port}-L ${session.port}:${address}:${session.port} ${userInfo().username}@${host}`;
}

/** Opens a URL in the user's browser. Resolves when it was handed over, which does not mean that a page was seen. */
export async function openBrowser(url: string, env: NodeJS.ProcessEnv): Promise<void> {
  if (env.BROWSER) return runBrowser(browserCommand(env.BROWSER, url));
  const { default: open } = await import('open');
  const child = await open(url);
  child.on('error', () => {});
}

/** The argv of `BROWSER`, the first of several that colons part; `%s` stands for the URL, which else comes last. */
export function browserCommand(browser: string, url: string): string[] {
  const [first = ''] = process.platform === 'win32' ? [browser] : browser.split(':');
  const words = first.split(' ').filter((word) => word !== '');
  return first.includes('%s') ? words.map((word) => word.replaceAll('%s', url)) : [...words, url];
}

async function runBrowser([file = '', ...args]: string[]): Promise<void> {
  const { spawn } = await import('node:child_process');
  const child = spawn(file, args, { detached: true, stdio: 'ignore' });
  await new Promise<void>((resolve, reject) => child.once('spawn', resolve).once('error', reject));
  child.unref();
}
