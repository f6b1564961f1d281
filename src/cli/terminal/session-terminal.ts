import process from 'node:process';
import type { Duplex } from 'node:stream';
import type { Client } from '../../client/client.ts';
import { type DataFrame, decodeFrames } from '../../protocol/frames.ts';

/** A command to run in a session (a shell where there is none), and where its output goes. */
interface SessionCommand {
  client: Client;
  name: string;
  cmd: string[];
  /** On this terminal, whose stderr is its stdout; else on pipes. */
  onTerminal: boolean;
  write: (chunk: Uint8Array) => void;
  writeError: (chunk: Uint8Array) => void;
}

/** Runs a command in a session on this process's stdin. Gives its exit code. */
export async function runInSession(command: SessionCommand): Promise<number> {
  const { client, name, cmd, onTerminal, write, writeError } = command;
  const { stdin } = process;
  const { id, stream } = await client.openShell(name, {
    cmd: onTerminal || cmd.length > 0 ? cmd : ['sh'],
    terminal: onTerminal ? { ...terminalSize(), term: process.env.TERM ?? 'xterm-256color' } : undefined,
  });
  const leaveTerminal = onTerminal ? enterTerminal(client, id) : undefined;
  // A short command has ended by now: to read stdin would keep this process from its end.
  const report = () => void (stream.destroyed || stdin.pipe(stream));
  const exit = client.follow('POST /v1/shells/:id/exit', { params: { id } }, { report });
  // It is awaited when the output has ended.
  exit.catch(() => {});
  try {
    for await (const frame of onTerminal ? unframed(stream) : decodeFrames(stream)) {
      if (!('data' in frame)) continue;
      if (frame.stderr) writeError(frame.data);
      else write(frame.data);
    }
  } finally {
    leaveTerminal?.();
    stdin.unpipe(stream);
    stdin.pause();
  }
  return (await exit).exitCode;
}

/** Hands every key on, and the size of the window. Gives the function that ends it. */
function enterTerminal(client: Client, id: string): () => void {
  const { stdin, stdout } = process;
  const resize = () => {
    client.call('PUT /v1/shells/:id/size', { params: { id }, body: terminalSize() }).catch(() => {});
  };
  const restore = () => {
    stdin.setRawMode(false);
  };
  stdin.setRawMode(true);
  stdout.on('resize', resize);
  process.on('exit', restore);
  return () => {
    stdout.off('resize', resize);
    process.off('exit', restore);
    restore();
  };
}

/** The size of this terminal; the usual one where there is none, or one that says 0, as serial lines and `script` do. */
export function terminalSize({ columns, rows }: { columns?: number; rows?: number } = process.stdout) {
  return { columns: columns || 80, rows: rows || 24 };
}

async function* unframed(stream: Duplex): AsyncGenerator<DataFrame> {
  for await (const data of stream) yield { data };
}
