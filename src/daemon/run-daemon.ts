import { chmod } from 'node:fs/promises';
import type { Server } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { useParser } from '../parsing/isolated.ts';
import { createParser } from '../parsing/parser.ts';
import { daemonPaths } from '../protocol/paths.ts';
import { VERSION } from '../protocol/version.ts';
import { createApp } from './app.ts';
import { failCurrentCall } from './call-scope.ts';
import { listenExclusively } from './exclusive-listen.ts';
import { type Calls, watchIdleness } from './idleness.ts';
import { limitLogSize, log } from './log.ts';
import { ownSocket, watchSocket } from './own-socket.ts';
import { closeShells } from './shells.ts';
import { openState } from './state.ts';

/** How long cancelled calls have to tell their callers. */
const CANCEL_MS = 5000;

/**
 * Runs the daemon: listen, serve, close. Exits at once if another daemon serves the socket. Closes on SIGTERM, on
 * request, when its socket was removed, and after some time without sessions and callers. Finishes or cancels running
 * calls. Leaves the containers of sessions alone.
 */
export async function runDaemon(): Promise<void> {
  const paths = daemonPaths();
  limitLogSize(paths.log);
  useParser(createParser(fileURLToPath(new URL('parser.cjs', import.meta.url))));
  const state = openState(process.env);
  const closing = new AbortController();
  const close = (reason: string) => {
    if (closing.signal.aborted) return;
    log(`closing: ${reason}`);
    closing.abort();
  };
  const { server, calls } = createApp(state, { close, closing: closing.signal });
  if (!(await listenExclusively(server, paths.socket))) {
    log('another daemon serves this socket: leaving');
    return;
  }
  if (process.platform !== 'win32') await chmod(paths.socket, 0o600);
  const socket = ownSocket(paths.socket);
  log(`ezj ${VERSION} serves ${paths.socket}, pid ${process.pid}`);

  process.on('SIGTERM', () => close('SIGTERM'));
  process.on('SIGINT', () => close('SIGINT'));
  // A failed call reports its error to its caller. An error that arrives here is a defect and must not end other calls.
  for (const event of ['uncaughtException', 'unhandledRejection']) process.on(event, survive);
  watchIdleness(state, calls, { close, signal: closing.signal });
  watchSocket(socket, calls, { close, signal: closing.signal });

  await new Promise((resolve) => closing.signal.addEventListener('abort', resolve, { once: true }));
  // A server removes the file at its path when it closes. By now, that can be the socket of the next daemon.
  await (socket.isLost() ? finishCalls(calls) : closeServer(server));
  await closeShells();
  state.close();
  log('closed');
  // A stream that the engine has not ended could still keep the process alive.
  process.exit();
}

function survive(error: unknown): void {
  log(`unhandled: ${error instanceof Error ? error.stack : error}`);
  failCurrentCall(error);
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeIdleConnections();
    setTimeout(() => server.closeAllConnections(), CANCEL_MS).unref();
  });
}

/** For a server that no caller can reach any more: resolves when its calls have ended. */
async function finishCalls(calls: Calls): Promise<void> {
  const deadline = Date.now() + CANCEL_MS;
  while (calls.running > 0 && Date.now() < deadline) await delay(20);
}
