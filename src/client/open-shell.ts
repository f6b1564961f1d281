import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { DAEMON_HOST } from '../protocol/headers.ts';
import type { DaemonPaths } from '../protocol/paths.ts';
import type { ShellOptions } from '../protocol/session.ts';
import { callDaemon, daemonGone } from './connect.ts';
import { isConnectionLost, isNobodyThere } from './connection-errors.ts';
import { exchange } from './exchange.ts';
import { parseJson, readJson } from './request.ts';
import { refuseForeignSocket } from './state-folder.ts';
import { requestOf } from './typed-call.ts';

/** A shell in a session. The ID names it in the routes of `/v1/shells`. */
export interface OpenShell {
  id: string;
  /** Takes the input. Gives the terminal's output, or frames of stdout and stderr if there is no terminal. */
  stream: Duplex;
}

/** Opens a shell in a session. It upgrades a connection, so it is no plain call. */
export async function openShell(paths: DaemonPaths, name: string, options: ShellOptions): Promise<OpenShell> {
  // A GET first, to start a missing daemon or replace an old one, and to report an unknown name.
  const asked = requestOf('GET /v1/sessions/:name/shell', { params: { name } });
  parseJson(await callDaemon(paths, asked, exchange));
  const query = new URLSearchParams({ options: JSON.stringify(options) });
  return upgrade(paths, `${asked.path}?${query}`);
}

async function upgrade(paths: DaemonPaths, path: string): Promise<OpenShell> {
  refuseForeignSocket(paths.socket);
  const { default: http } = await import('node:http');
  const request = http.request({
    socketPath: paths.socket,
    method: 'GET',
    path,
    agent: false,
    headers: { host: DAEMON_HOST, connection: 'Upgrade', upgrade: 'ezj-terminal' },
  });
  return new Promise((resolve, reject) => {
    request.on('upgrade', (answer, stream, head) => {
      if (head.length > 0) stream.unshift(head);
      resolve({ id: String(answer.headers['ezj-shell']), stream });
    });
    request.on('response', (answer) => refused(answer).catch(reject));
    request.on('error', (error) =>
      reject(isNobodyThere(error) || isConnectionLost(error) ? daemonGone(paths, error) : error),
    );
    request.end();
  });
}

/** An answer without an upgrade is an error. */
async function refused(answer: IncomingMessage): Promise<never> {
  await readJson(answer);
  throw new Error('no upgrade');
}
