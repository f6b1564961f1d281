import { randomUUID } from 'node:crypto';
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { finished } from 'node:stream/promises';
import type { Engine, InteractiveExec } from '../engine/engine.ts';
import { EzjError, toEzjError } from '../protocol/errors.ts';
import { DAEMON_HOST } from '../protocol/headers.ts';
import { userOf } from '../sessions/open-session.ts';
import type { Calls } from './idleness.ts';
import { parse, shellOptions, shellSize } from './routes/requests.ts';
import type { Router } from './routes/router.ts';
import type { DaemonState } from './state.ts';

/** How long the exit code of a shell that has ended can be asked for. */
const EXIT_CODE_KEPT_MS = 60_000;

/** The variable by which a shell is found in its container. */
const MARK = 'EZJ_SHELL';
const HANG_UP_TIMEOUT_MS = 5000;

interface Shell extends InteractiveExec {
  id: string;
  onPipes: boolean;
  /** Whether the end of what the client sends is the end of the input, and not of the client. */
  inputMayEnd: boolean;
  /** Tells the command in the container that its user is gone. */
  hangUp: () => Promise<void>;
}

const shells = new Map<string, Shell>();
/** Shells that are being opened or hung up: the daemon ends when this is done. */
const underWay = new Set<Promise<void>>();

/** Shells in sessions: their sizes and exit codes. The bytes go over an upgraded connection, see {@link serveShells}. */
export function shellRoutes(router: Router, state: DaemonState): void {
  // Asked before the upgrade, so that a name that does not exist is an ordinary error.
  router.answer('GET /v1/sessions/:name/shell', {}, async ({ params }) =>
    (await state.context()).registry.find(params.name),
  );
  router.answer('PUT /v1/shells/:id/size', { body: shellSize }, async ({ params, body: { columns, rows } }) => {
    await shells.get(params.id)?.resize(columns, rows);
    return {};
  });
  router.result('POST /v1/shells/:id/exit', {}, async ({ params: { id }, report, signal }) => {
    const shell = shells.get(id);
    if (!shell) throw new EzjError({ code: 'session-not-found', message: `There is no shell ${id}.` });
    // Of a client that is gone the shell's own connection tells nothing while the command does not read its input.
    signal.addEventListener('abort', () => abandon(shell));
    shell.inputMayEnd = shell.onPipes;
    report({ type: 'step', text: 'Running' });
    await finished(shell.stream, { writable: false }).catch(() => {});
    return { exitCode: await shell.exitCode() };
  });
}

/** Turns a connection that asks for the upgrade `ezj-terminal` into a shell in a session: bytes both ways. */
export function serveShells(
  server: Server,
  state: DaemonState,
  { calls, closing }: { calls: Calls; closing: AbortSignal },
): void {
  server.on('upgrade', (request: IncomingMessage, socket: Duplex) => {
    calls.running++;
    calls.working++;
    // Whoever asked may be gone before the shell is open.
    socket.on('error', () => socket.destroy());
    // An upgraded connection is no longer the server's: closing the server would wait for it.
    const close = () => socket.destroy();
    closing.addEventListener('abort', close);
    socket.once('close', () => {
      closing.removeEventListener('abort', close);
      calls.running--;
      calls.working--;
      calls.lastEndedMs = Date.now();
    });
    track(
      openShell(request, state).then(
        (shell) => connect(shell, socket),
        (thrown) => refuse(socket, toEzjError(thrown)),
      ),
    );
  });
}

/** Closes the shells that are left, and resolves when their commands know it. */
export async function closeShells(): Promise<void> {
  shells.forEach(abandon);
  // One that opens as late as this is hung up in turn.
  while (underWay.size > 0) await Promise.all(underWay);
}

function track(work: Promise<void>): void {
  const done = work.finally(() => underWay.delete(done));
  underWay.add(done);
}

async function openShell({ url, headers }: IncomingMessage, state: DaemonState): Promise<Shell> {
  const { pathname, searchParams } = new URL(url ?? '/', 'http://ezj');
  const name = /^\/v1\/sessions\/([^/]+)\/shell$/.exec(pathname)?.[1];
  if (headers.host !== DAEMON_HOST || headers.origin !== undefined || headers.upgrade !== 'ezj-terminal' || !name) {
    throw new EzjError({ code: 'usage', message: 'The daemon answers to the ezj command only.' });
  }
  const { cmd, terminal } = parse(shellOptions, JSON.parse(searchParams.get('options') ?? '{}'));
  const { engine, registry } = await state.context();
  const { container } = await registry.find(decodeURIComponent(name));
  // Not as the container's own user, which is root where the image's init makes the user.
  const { user } = await userOf(engine, container);
  const id = randomUUID();
  const exec = await engine.execInteractive(container, {
    user,
    // By a shell, which says on stderr what cannot be run, and ends with 127: engines say it on stdout, with codes of their own.
    cmd:
      cmd.length > 0
        ? ['sh', '-c', 'exec "$@"', 'sh', ...cmd]
        : ['sh', '-c', 'command -v bash >/dev/null && exec bash -l || exec sh -l'],
    env: { ...(terminal && { TERM: terminal.term }), [MARK]: id },
    size: terminal,
  });
  const onPipes = terminal === undefined;
  return { ...exec, id, onPipes, inputMayEnd: false, hangUp: () => hangUp(engine, container, { id, user }) };
}

/**
 * Sends the signal that a terminal sends when it is closed: the engine lets the command run on, with nobody to read what it
 * writes. Of what has the mark, the one without a parent in the container is the command. Its process group gets the signal,
 * for without a terminal nobody hands it on; what is in another group gets it from its shell, or has been made to outlive it.
 */
async function hangUp(
  engine: Engine,
  container: string,
  { id, user }: { id: string; user: string | undefined },
): Promise<void> {
  const script = `for dir in /proc/[0-9]*; do
  grep -q "^PPid:[[:space:]]*0$" $dir/status && grep -q "${MARK}=${id}" $dir/environ || continue
  kill -s HUP -- "-\${dir#/proc/}" || kill -s HUP "\${dir#/proc/}"
done 2>/dev/null`;
  // As the same user: root without a capability for it may not read another one's environment.
  await engine.exec(container, { cmd: ['sh', '-c', script], user, timeoutMs: HANG_UP_TIMEOUT_MS });
}

function connect(shell: Shell, socket: Duplex): void {
  const { id, stream } = shell;
  // The daemon closes.
  if (socket.destroyed) {
    abandon(shell);
    return;
  }
  shells.set(id, shell);
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: ezj-terminal\r\nezj-shell: ${id}\r\n\r\n`,
  );
  // Not by `pipeline`, which destroys one side with the other: what a client still sends to a command that has ended would
  // reset the connection, and the end of the output with it. The exit code is asked for afterwards.
  stream.pipe(socket);
  socket.pipe(stream);
  for (const side of [stream, socket]) side.on('error', () => {});
  stream.once('close', () => socket.resume().end());
  // Who is killed ends its side only: the connection stays open for what the command still has to say.
  socket.once('end', () => shell.inputMayEnd || abandon(shell));
  socket.once('close', () => {
    abandon(shell);
    setTimeout(() => shells.delete(id), EXIT_CODE_KEPT_MS).unref();
  });
}

/** Closes the engine's side of a shell whose other side is gone. */
function abandon({ stream, hangUp }: Shell): void {
  const hasEnded = stream.readableEnded || stream.destroyed;
  stream.destroy();
  if (hasEnded) return;
  // A session that has ended meanwhile took its commands with it.
  track(hangUp().catch(() => {}));
}

function refuse(socket: Duplex, error: EzjError): void {
  const body = JSON.stringify(error.toJSON());
  socket.end(
    `HTTP/1.1 ${error.httpStatus} Error\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}
