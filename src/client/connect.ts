import type { IncomingHttpHeaders } from 'node:http';
import { EzjError } from '../protocol/errors.ts';
import { PROTOCOL_HEADER, VERSION_HEADER } from '../protocol/headers.ts';
import type { DaemonPaths } from '../protocol/paths.ts';
import { compareVersions, PROTOCOL, VERSION } from '../protocol/version.ts';
import { isConnectionLost, isNobodyThere, isNoHttp } from './connection-errors.ts';
import type { Call } from './request.ts';
import { lastLogLines, startDaemon, UPGRADE_REQUIRED } from './start-daemon.ts';

/** The number of daemons to start for one call. */
const STARTS = 2;

/** What each answer has, whole or not. */
interface Answer {
  statusCode?: number;
  headers: IncomingHttpHeaders;
  /** Discards a body that is not read yet. */
  resume?(): unknown;
}

/** Sends a call once: `exchange` for a whole answer, `send` for a stream. */
type Transport<A extends Answer> = (socketPath: string, request: Call) => Promise<A>;

/**
 * Sends a call to the daemon, and ensures that a daemon of the right version runs:
 *
 * 1. Send it. Usually a daemon answers.
 * 2. If nothing listens, start a daemon and send again. Repeat once if that daemon ends before the call.
 * 3. If it answers 426, it is older: ask it to close, wait for its end, start ours, and send again.
 * 4. If it is newer and uses another protocol, throw, unless `anyProtocol` is set: the user has two versions of ezj.
 *
 * @throws `daemon-not-started`, `daemon-newer`, `daemon-gone`, `state-unwritable`, `cancelled`
 */
export async function callDaemon<A extends Answer>(
  paths: DaemonPaths,
  request: Call,
  transport: Transport<A>,
  { start = true, anyProtocol = false } = {},
): Promise<A> {
  const sendOnce = () => transport(paths.socket, request);
  try {
    let answer = await sendStarting(paths, request, start, sendOnce);
    if (answer.statusCode === UPGRADE_REQUIRED) {
      answer.resume?.();
      await startDaemon(paths);
      answer = await sendStarting(paths, request, true, sendOnce);
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

/** The error for a daemon that ended during a call. */
export function daemonGone(paths: DaemonPaths, cause?: unknown): EzjError {
  return new EzjError({
    code: 'daemon-gone',
    message: 'The ezj daemon ended during the call.',
    hint: `Run the command again: it starts a new daemon, which finds your sessions. The daemon's log is ${paths.log}`,
    details: lastLogLines(paths, 5),
    cause,
  });
}

async function sendStarting<A>(
  paths: DaemonPaths,
  request: Call,
  start: boolean,
  sendOnce: () => Promise<A>,
): Promise<A> {
  for (let starts = 0; ; starts++) {
    try {
      return await sendOnce();
    } catch (error) {
      // A daemon drops connections when it is replaced. Calls that only read are safe to repeat on the next one.
      const dropped = isConnectionLost(error) && request.method === 'GET' && !request.signal?.aborted;
      const again = start && starts < STARTS && request.bytes === undefined;
      if (!again || !(isNobodyThere(error) || dropped)) throw error;
      await startDaemon(paths);
    }
  }
}

function refuseNewerProtocol({ headers }: Answer): void {
  const version = String(headers[VERSION_HEADER]);
  if (Number(headers[PROTOCOL_HEADER]) <= PROTOCOL || compareVersions(version, VERSION) <= 0) return;
  throw new EzjError({
    code: 'daemon-newer',
    message: `The running daemon is ezj ${version}, this command is ezj ${VERSION}.`,
    hint: 'Upgrade this ezj, or end the daemon with `ezj daemon stop` (sessions keep running).',
  });
}
