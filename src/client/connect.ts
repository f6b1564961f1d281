import type { IncomingMessage } from 'node:http';
import { EzjError } from '../protocol/errors.ts';
import { PROTOCOL_HEADER, VERSION_HEADER } from '../protocol/headers.ts';
import type { DaemonPaths } from '../protocol/paths.ts';
import { compareVersions, PROTOCOL, VERSION } from '../protocol/version.ts';
import { isConnectionLost, isNobodyThere, isNoHttp } from './connection-errors.ts';
import { type Call, send } from './request.ts';
import { lastLogLines, startDaemon, UPGRADE_REQUIRED } from './start-daemon.ts';

/** How many daemons are started for one call. */
const STARTS = 2;

/**
 * Sends a call to the daemon, and sees to it that there is one, of the right version:
 *
 * 1. Send it. In the usual case a daemon answers, and that is all.
 * 2. Nobody listens: start a daemon, send again; once more where that daemon was ended before it was called.
 * 3. It answers 426, being older: ask it to close, wait until it has, start ours, send again.
 * 4. It is newer and speaks another protocol: say so, unless `anyProtocol`; the user has two versions of ezj.
 *
 * @throws `daemon-not-started`, `daemon-newer`, `daemon-gone`, `state-unwritable`, `cancelled`
 */
export async function call(
  paths: DaemonPaths,
  request: Call,
  { start = true, anyProtocol = false } = {},
): Promise<IncomingMessage> {
  try {
    let answer = await sendStarting(paths, request, start);
    if (answer.statusCode === UPGRADE_REQUIRED) {
      answer.resume();
      await startDaemon(paths);
      answer = await sendStarting(paths, request, true);
    }
    if (!anyProtocol) refuseNewerProtocol(answer);
    return answer;
  } catch (error) {
    if (request.signal?.aborted) throw new EzjError({ code: 'cancelled', message: 'Cancelled.', cause: error });
    if (isConnectionLost(error) || (start && isNobodyThere(error))) throw daemonGone(paths, error);
    if (isNoHttp(error)) throw stranger(paths, error);
    throw error;
  }
}

function stranger({ socket }: DaemonPaths, cause: unknown): EzjError {
  return new EzjError({
    code: 'daemon-not-started',
    message: `A program that is not the ezj daemon listens on ${socket}.`,
    hint: 'End that program, or set EZJ_STATE_DIR to another folder.',
    cause,
  });
}

/** The daemon ended while it was working on a call. */
export function daemonGone(paths: DaemonPaths, cause?: unknown): EzjError {
  return new EzjError({
    code: 'daemon-gone',
    message: 'The ezj daemon ended during the call.',
    hint: `Run the command again: it starts a new daemon, which finds your sessions. The daemon's log is ${paths.log}`,
    details: lastLogLines(paths, 5),
    cause,
  });
}

async function sendStarting(paths: DaemonPaths, request: Call, start: boolean): Promise<IncomingMessage> {
  for (let starts = 0; ; starts++) {
    try {
      return await send(paths.socket, request);
    } catch (error) {
      // A daemon that is being replaced drops connections as it closes; what only reads is asked again of the next one.
      const dropped = isConnectionLost(error) && request.method === 'GET' && !request.signal?.aborted;
      const again = start && starts < STARTS && request.bytes === undefined;
      if (!again || !(isNobodyThere(error) || dropped)) throw error;
      await startDaemon(paths);
    }
  }
}

function refuseNewerProtocol({ headers }: IncomingMessage): void {
  const version = String(headers[VERSION_HEADER]);
  if (Number(headers[PROTOCOL_HEADER]) <= PROTOCOL || compareVersions(version, VERSION) <= 0) return;
  throw new EzjError({
    code: 'daemon-newer',
    message: `The running daemon is ezj ${version}, this command is ezj ${VERSION}.`,
    hint: 'Upgrade this ezj, or end the daemon with `ezj daemon stop` (sessions go on).',
  });
}
