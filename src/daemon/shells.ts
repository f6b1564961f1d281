import { randomUUID } from 'node:crypto';
import type { IncomingMessage, Server } from 'node:http';
import { type Duplex, Transform } from 'node:stream';
import { finished } from 'node:stream/promises';
import { EzjError, toEzjError } from '../protocol/errors.ts';
import { encodeFrame } from '../protocol/frames.ts';
import { DAEMON_HOST } from '../protocol/headers.ts';
import type { OpenShell, OutputChunk } from '../sessions/command.ts';
import { inspectRunning } from '../sessions/open-session.ts';
import type { Runtime } from '../sessions/runtime.ts';
import type { Calls } from './idleness.ts';
import { parse, shellOptions, shellSize } from './routes/requests.ts';
import type { Router } from './routes/router.ts';
import type { DaemonState } from './state.ts';

/** How long the exit code of an ended shell stays available. */
const EXIT_CODE_KEPT_MS = 60_000;

/** The variable that identifies a shell in its session. */
const MARK = 'EZJ_SHELL';
const HANG_UP_TIMEOUT_MS = 5000;

interface Shell extends OpenShell {
  id: string;
  onPipes: boolean;
  /** Whether the end of the data from the client means the end of the input, and not that the client is gone. */
  inputMayEnd: boolean;
  /** Tells the command in the session that its user is gone. */
  hangUp: () => Promise<void>;
}

const shells = new Map<string, Shell>();
/** Shells that are being opened or closed. The daemon waits for them before it ends. */
const underWay = new Set<Promise<void>>();

/** Routes for the sizes and exit codes of shells. The bytes use an upgraded connection, see {@link serveShells}. */
export function shellRoutes(router: Router, state: DaemonState): void {
  // The client calls this before the upgrade, so that a name that does not exist is an ordinary error.
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
    // This call detects that the client is gone. The connection of the shell does not, while the command does not read
    // its input.
    signal.addEventListener('abort', () => abandon(shell));
    shell.inputMayEnd = shell.onPipes;
    report({ type: 'step', text: 'Running' });
    await finished(shell.stream, { writable: false }).catch(() => {});
    return { exitCode: await shell.exitCode() };
  });
}

/** Upgrades a connection to `ezj-terminal`: a shell in a session, with bytes in both directions. */
export function serveShells(
  server: Server,
  state: DaemonState,
  { calls, closing }: { calls: Calls; closing: AbortSignal },
): void {
  server.on('upgrade', (request: IncomingMessage, socket: Duplex) => {
    calls.running++;
    calls.working++;
    // The client may disconnect before the shell is open.
    socket.on('error', () => socket.destroy());
    // Takes the upgraded connection away from the server, because closing the server would otherwise wait for it.
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

/** Closes the remaining shells. Resolves when their commands have been told. */
export async function closeShells(): Promise<void> {
  shells.forEach(abandon);
  // Also closes a shell that opens in the meantime.
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
  const { runtime, registry } = await state.context();
  const { container: session } = await registry.find(decodeURIComponent(name));
  // Not as the user that the session was started as, which is root if the init of the image creates the user.
  const { user } = await inspectRunning(runtime, session);
  const id = randomUUID();
  const shell = await runtime.openShell(session, {
    user,
    // Uses a shell, which reports a missing command on stderr and exits with 127. Engines report it on stdout, with
    // their own codes.
    cmd:
      cmd.length > 0
        ? ['sh', '-c', 'exec "$@"', 'sh', ...cmd]
        : ['sh', '-c', 'command -v bash >/dev/null && exec bash -l || exec sh -l'],
    env: { ...(terminal && { TERM: terminal.term }), [MARK]: id },
    size: terminal,
  });
  const onPipes = terminal === undefined;
  return { ...shell, id, onPipes, inputMayEnd: false, hangUp: () => hangUp(runtime, session, { id, user }) };
}

/**
 * Sends the signal of a closed terminal, because the command would run on without a reader. Of the processes with
 * the mark, the one without a parent in the session is the command. The signal goes to its process group,
 * because without a terminal no process forwards it. Processes in other groups get it from their shell, or are meant to
 * outlive it.
 */
async function hangUp(
  runtime: Runtime,
  session: string,
  { id, user }: { id: string; user: string | undefined },
): Promise<void> {
  const script = `for dir in /proc/[0-9]*; do
  grep -q "^PPid:[[:space:]]*0$" $dir/status && grep -q "${MARK}=${id}" $dir/environ || continue
  kill -s HUP -- "-\${dir#/proc/}" || kill -s HUP "\${dir#/proc/}"
done 2>/dev/null`;
  // As the same user, because root without a capability may not read the environment of another user.
  await runtime.run(session, { cmd: ['sh', '-c', script], user, timeoutMs: HANG_UP_TIMEOUT_MS });
}

function connect(shell: Shell, socket: Duplex): void {
  const { id, stream, output, onPipes } = shell;
  // The daemon closes.
  if (socket.destroyed) {
    abandon(shell);
    return;
  }
  shells.set(id, shell);
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: ezj-terminal\r\nezj-shell: ${id}\r\n\r\n`,
  );
  // Without `pipeline`, which destroys both sides together: if the client still sends data to a command that has ended,
  // that would reset the connection and lose the rest of the output. The client asks for the exit code afterwards.
  const wire = output.pipe(toWire({ framed: onPipes }));
  wire.pipe(socket);
  socket.pipe(stream);
  for (const side of [stream, socket]) side.on('error', () => {});
  wire.once('end', () => socket.resume());
  // A killed client ends only its own side. The connection stays open for the remaining output.
  socket.once('end', () => shell.inputMayEnd || abandon(shell));
  socket.once('close', () => {
    abandon(shell);
    setTimeout(() => shells.delete(id), EXIT_CODE_KEPT_MS).unref();
  });
}

/**
 * The output for the client: the bytes of a terminal unchanged, those of pipes in frames that separate stdout and
 * stderr.
 */
function toWire({ framed }: { framed: boolean }): Transform {
  return new Transform({
    writableObjectMode: true,
    transform({ source, bytes }: OutputChunk, _encoding, done) {
      done(null, framed ? encodeFrame({ data: bytes, stderr: source === 'stderr' }) : bytes);
    },
  });
}

/** Closes the session's side of a shell when the other side is gone. */
function abandon({ stream, hangUp }: Shell): void {
  const hasEnded = stream.readableEnded || stream.destroyed;
  stream.destroy();
  if (hasEnded) return;
  // If the session has ended in the meantime, its commands have ended too.
  track(hangUp().catch(() => {}));
}

function refuse(socket: Duplex, error: EzjError): void {
  const body = JSON.stringify(error.toJSON());
  socket.end(
    `HTTP/1.1 ${error.httpStatus} Error\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}
