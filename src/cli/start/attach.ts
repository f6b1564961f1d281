import process from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from '../../client/client.ts';
import { isConnectionLost } from '../../client/connection-errors.ts';
import { EzjError, toEzjError } from '../../protocol/errors.ts';
import type { Session, SessionEnd, StopReport } from '../../protocol/session.ts';
import { describeStop } from '../stop-report.ts';
import type { Output } from '../terminal/output.ts';
import { listenToKeys } from '../terminal/terminal-keys.ts';

/** The end of an attachment: `stopped` by Ctrl-C, `detached` with `d` or by a signal, or the session ended by itself. */
type Outcome =
  | { type: 'stopped'; report: StopReport }
  | { type: 'detached'; exitCode: number }
  | { type: 'ended'; end?: SessionEnd };

/**
 * Keeps a session company until one of them leaves:
 *
 * - Ctrl-C stops the session; a second one stops it without grace, a third one leaves at once.
 * - `d`, SIGTERM, SIGHUP and the end of the terminal detach: the session keeps running.
 * - The session ends, by itself or by `ezj stop` elsewhere.
 *
 * @throws `session-exited` where the session failed
 */
export async function attach(input: {
  session: Session;
  client: Client;
  output: Output;
  openBrowser: () => void;
}): Promise<void> {
  const { session, client, output, openBrowser } = input;
  const over = new AbortController();
  const outcome = await new Promise<Outcome>((resolve, reject) => {
    const detach = (exitCode: number) => () => resolve({ type: 'detached', exitCode });
    const stop = stopper({ session, client, output, resolve, reject });
    const stopKeys = listenToKeys({
      'ctrl-c': stop,
      d: detach(0),
      o: () => stop.begun || openBrowser(),
      end: detach(0),
    });
    const signals = { SIGINT: stop, SIGTERM: detach(143), SIGHUP: detach(129) };
    for (const [name, listener] of Object.entries(signals)) process.on(name, listener);
    over.signal.addEventListener('abort', () => {
      stopKeys();
      for (const [name, listener] of Object.entries(signals)) process.off(name, listener);
    });
    waitForEnd(client, session.name, over.signal).then((end) => {
      // A stop of our own reports more than the end that it causes.
      if (!stop.begun) resolve({ type: 'ended', end });
    }, reject);
  }).finally(() => over.abort());
  if (outcome.type === 'detached') process.exitCode = outcome.exitCode;
  output.note(conclude(outcome, session));
}

interface Stopper {
  (): void;
  begun?: boolean;
}

function stopper(input: {
  session: Session;
  client: Client;
  output: Output;
  resolve: (outcome: Outcome) => void;
  reject: (error: unknown) => void;
}): Stopper {
  const { session, client, output, resolve, reject } = input;
  let presses = 0;
  const stop: Stopper = () => {
    stop.begun = true;
    presses++;
    if (presses > 2) process.exit(130);
    output.note(presses === 1 ? `Stopping ${session.name}… (Ctrl-C again to stop at once)` : 'At once…');
    const body = { force: presses > 1, discard: false };
    client.call('POST /v1/sessions/:name/stop', { params: { name: session.name }, body }).then(
      (report) => resolve({ type: 'stopped', report }),
      (error) => {
        // The other of two stops was faster.
        if (toEzjError(error).code === 'session-not-found') resolve({ type: 'ended' });
        else reject(error);
      },
    );
  };
  return stop;
}

/** Waits through a daemon that is stopped or replaced: sessions live without it, and the next call starts one. */
export async function waitForEnd(client: Client, name: string, signal: AbortSignal): Promise<SessionEnd | undefined> {
  for (;;) {
    try {
      return await client.call('GET /v1/sessions/:name/end', { params: { name } }, { signal });
    } catch (error) {
      const { code } = toEzjError(error);
      if (signal.aborted || code === 'session-not-found') return undefined;
      const daemonEnded = code === 'daemon-gone' || code === 'cancelled' || isConnectionLost(error);
      if (!daemonEnded) throw error;
      // Time for a newer ezj, if that is what ended the daemon, to start its own.
      await delay(500, undefined, { signal }).catch(() => {});
    }
  }
}

/** The last word on an attachment. Throws `session-exited` where the session failed. */
function conclude(outcome: Outcome, { name }: Session): string {
  if (outcome.type === 'stopped') return describeStop(outcome.report);
  if (outcome.type === 'detached') return `${name} keeps running. To stop it: ezj stop ${name}`;
  const { exitCode = 0, outOfMemory = false } = outcome.end ?? {};
  if (outOfMemory) {
    throw new EzjError({
      code: 'session-exited',
      message: `${name} ran out of memory and was ended`,
      hint: 'Give it more with --memory, or the engine more where it runs in a virtual machine',
    });
  }
  // 130 and 143: it was asked to end.
  if ([0, 130, 143].includes(exitCode)) return `${name} has ended`;
  throw new EzjError({
    code: 'session-exited',
    message: `${name} has ended with exit code ${exitCode}`,
    hint: `ezj logs ${name}`,
  });
}
