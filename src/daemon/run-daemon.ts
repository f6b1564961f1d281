import { chmod } from 'node:fs/promises';
import type { Server } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { daemonPaths } from '../protocol/paths.ts';
import { VERSION } from '../protocol/version.ts';
import { createApp } from './app.ts';
import { listenExclusively } from './exclusive-listen.ts';
import { type Calls, watchIdleness } from './idleness.ts';
import { log } from './log.ts';
import { ownSocket, watchSocket } from './own-socket.ts';
import { closeShells } from './shells.ts';
import { openState } from './state.ts';

/** Calls are cancelled by the closing signal and have this long to say so to their callers. */
const CANCEL_MS = 5000;

/**
 * The daemon's life: listen, serve, close. It leaves at once where another one serves the socket already, and closes on
 * SIGTERM, when asked to, when its socket was removed, and after a while without a session and without a caller. Calls that run are finished or
 * cancelled; the sessions' containers are left alone.
 */
export async function runDaemon(): Promise<void> {
  const paths = daemonPaths();
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
  // A call that fails answers its caller; what ends up here is a defect, and must not take the other calls with it.
  process.on('unhandledRejection', (error) => log(`unhandled: ${error instanceof Error ? error.stack : error}`));
  watchIdleness(state, calls, { close, signal: closing.signal });
  watchSocket(socket, calls, { close, signal: closing.signal });

  await new Promise((resolve) => closing.signal.addEventListener('abort', resolve, { once: true }));
  // A server that closes removes what stands at its path: by now that may be the next daemon's socket.
  await (socket.isLost() ? finishCalls(calls) : closeServer(server));
  await closeShells();
  state.close();
  log('closed');
  // What may still hold the process is a stream of the engine that its peer has not ended.
  process.exit();
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeIdleConnections();
    setTimeout(() => server.closeAllConnections(), CANCEL_MS).unref();
  });
}

/** For a server that nobody reaches any more: resolves when its calls have ended. */
async function finishCalls(calls: Calls): Promise<void> {
  const deadline = Date.now() + CANCEL_MS;
  while (calls.running > 0 && Date.now() < deadline) await delay(20);
}
