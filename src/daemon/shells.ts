import { randomUUID } from 'node:crypto';
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Hono } from 'hono';
import type { Engine, TerminalExec } from '../engine/engine.ts';
import { EzjError, toEzjError } from '../protocol/errors.ts';
import { LABEL } from '../protocol/labels.ts';
import { DAEMON_HOST, ROUTES } from '../protocol/routes.ts';
import type { Calls } from './idleness.ts';
import { parse, readBody, shellOptions, shellSize } from './requests.ts';
import type { DaemonState } from './state.ts';

/** How long the exit code of a shell that has ended can be asked for. */
const EXIT_CODE_KEPT_MS = 60_000;

/** The variable by which a shell is found in its container. */
const MARK = 'EZJ_SHELL';
const HANG_UP_TIMEOUT_MS = 5000;

interface Terminal extends TerminalExec {
  id: string;
  /** Tells the command in the container that its terminal is gone. */
  hangUp: () => Promise<void>;
}

const terminals = new Map<string, Terminal>();
/** Terminals that are being opened or hung up: the daemon ends when this is done. */
const underWay = new Set<Promise<void>>();

/** Terminals in sessions: their sizes and exit codes. The bytes go over an upgraded connection, see {@link serveShells}. */
export function shellRoutes(app: Hono, state: DaemonState): void {
  // Asked before the upgrade, so that a name that does not exist is an ordinary error.
  app.get(ROUTES.shell, async (c) => c.json(await (await state.context()).registry.find(c.req.param('name'))));
  app.put(ROUTES.resizeShell, async (c) => {
    const { columns, rows } = await readBody(c, shellSize);
    await terminals.get(c.req.param('id'))?.resize(columns, rows);
    return c.json({});
  });
  app.get(ROUTES.shellExit, async (c) => {
    const id = c.req.param('id');
    const terminal = terminals.get(id);
    if (!terminal) throw new EzjError({ code: 'session-not-found', message: `There is no shell ${id}.` });
    terminals.delete(id);
    return c.json({ exitCode: await terminal.exitCode() });
  });
}

/** Turns a connection that asks for the upgrade `ezj-terminal` into a terminal in a session: bytes both ways. */
export function serveShells(
  server: Server,
  state: DaemonState,
  { calls, closing }: { calls: Calls; closing: AbortSignal },
): void {
  server.on('upgrade', (request: IncomingMessage, socket: Duplex) => {
    calls.running++;
    // Whoever asked may be gone before the terminal is open.
    socket.on('error', () => socket.destroy());
    // An upgraded connection is no longer the server's: closing the server would wait for it.
    const close = () => socket.destroy();
    closing.addEventListener('abort', close);
    socket.once('close', () => {
      closing.removeEventListener('abort', close);
      calls.running--;
      calls.lastEndedMs = Date.now();
    });
    track(
      openTerminal(request, state).then(
        (terminal) => connect(terminal, socket),
        (thrown) => refuse(socket, toEzjError(thrown)),
      ),
    );
  });
}

/** Closes the terminals that are left, and resolves when their commands know it. */
export async function closeShells(): Promise<void> {
  terminals.forEach(abandon);
  // One that opens as late as this is hung up in turn.
  while (underWay.size > 0) await Promise.all(underWay);
}

function track(work: Promise<void>): void {
  const done = work.finally(() => underWay.delete(done));
  underWay.add(done);
}

async function openTerminal({ url, headers }: IncomingMessage, state: DaemonState): Promise<Terminal> {
  const { pathname, searchParams } = new URL(url ?? '/', 'http://ezj');
  const name = /^\/v1\/sessions\/([^/]+)\/shell$/.exec(pathname)?.[1];
  if (headers.host !== DAEMON_HOST || headers.origin !== undefined || headers.upgrade !== 'ezj-terminal' || !name) {
    throw new EzjError({ code: 'usage', message: 'The daemon answers to the ezj command only.' });
  }
  const { cmd, columns, rows, term } = parse(shellOptions, JSON.parse(searchParams.get('options') ?? '{}'));
  const { engine, registry } = await state.context();
  const { container } = await registry.find(decodeURIComponent(name));
  // Not as the container's own user, which is root where the image's init makes the user.
  const user = (await engine.inspectContainer(container))?.labels[LABEL.user];
  const id = randomUUID();
  const terminal = await engine.execTerminal(container, {
    user,
    cmd: cmd.length > 0 ? cmd : ['sh', '-c', 'command -v bash >/dev/null && exec bash -l || exec sh -l'],
    env: { TERM: term, [MARK]: id },
    columns,
    rows,
  });
  return { ...terminal, id, hangUp: () => hangUp(engine, container, { id, user }) };
}

/**
 * Sends the signal that a terminal sends when it is closed: the engine lets the command run on, with nobody to read what it
 * writes. Of what has the mark, the one without a parent in the container is the command; what it has started gets the
 * signal from it, or has been made to outlive it.
 */
async function hangUp(
  engine: Engine,
  container: string,
  { id, user }: { id: string; user: string | undefined },
): Promise<void> {
  const script = `for dir in /proc/[0-9]*; do
  grep -q "^PPid:[[:space:]]*0$" $dir/status && grep -q "${MARK}=${id}" $dir/environ && kill -HUP "\${dir#/proc/}"
done 2>/dev/null`;
  // As the same user: root without a capability for it may not read another one's environment.
  await engine.exec(container, { cmd: ['sh', '-c', script], user, timeoutMs: HANG_UP_TIMEOUT_MS });
}

function connect(terminal: Terminal, socket: Duplex): void {
  const { id, stream } = terminal;
  // The daemon closes.
  if (socket.destroyed) {
    abandon(terminal);
    return;
  }
  terminals.set(id, terminal);
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
  for (const event of ['end', 'close']) socket.once(event, () => abandon(terminal));
  socket.once('close', () => setTimeout(() => terminals.delete(id), EXIT_CODE_KEPT_MS).unref());
}

/** Closes the engine's side of a terminal whose other side is gone. */
function abandon({ stream, hangUp }: Terminal): void {
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
