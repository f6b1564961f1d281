import process from 'node:process';
import type { DaemonApi } from '../client/api.ts';

const END_OF_INPUT = '\x04';
const READY = '\x01';

/** Runs a command (a shell where there is none) in a session, on this terminal or on pipes. Gives its exit code. */
export async function runInTerminal(input: {
  api: DaemonApi;
  name: string;
  cmd: string[];
  write: (chunk: Uint8Array | string) => void;
}): Promise<number> {
  const { api, name, cmd, write } = input;
  const { stdin, stdout } = process;
  const isTerminal = stdin.isTTY === true;
  const { id, stream } = await api.shell(name, {
    cmd: isTerminal ? cmd : onPipes(cmd),
    ...terminalSize(),
    term: process.env.TERM ?? 'xterm-256color',
  });
  const resize = () => {
    const { columns, rows } = terminalSize();
    api.resizeShell(id, columns, rows).catch(() => {});
  };
  const restore = () => {
    if (isTerminal) stdin.setRawMode(false);
  };
  stdout.on('resize', resize);
  process.on('exit', restore);
  if (isTerminal) stdin.setRawMode(true).pipe(stream);
  try {
    for await (const chunk of isTerminal ? stream : afterReady(stream, () => sendInput(stream))) write(chunk as Buffer);
  } finally {
    stdout.off('resize', resize);
    process.off('exit', restore);
    restore();
    stdin.unpipe(stream);
    stdin.pause();
  }
  return (await api.shellExit(id)).exitCode;
}

/** The size of this terminal; the usual one where there is none, or one that says 0, as serial lines and `script` do. */
export function terminalSize({ columns, rows }: { columns?: number; rows?: number } = process.stdout) {
  return { columns: columns || 80, rows: rows || 24 };
}

/** Runs a command in a session with nothing to read, and gives what it printed. */
export async function captureCommand(
  api: DaemonApi,
  name: string,
  cmd: string[],
): Promise<{ exitCode: number; output: string }> {
  const { id, stream } = await api.shell(name, { cmd: onPipes(cmd), columns: 200, rows: 50, term: 'dumb' });
  const chunks: Buffer[] = [];
  for await (const chunk of afterReady(stream, () => stream.write(END_OF_INPUT))) chunks.push(chunk);
  const { exitCode } = await api.shellExit(id);
  return { exitCode, output: Buffer.concat(chunks).toString('utf8') };
}

/**
 * The command on a terminal that behaves like a pipe: no echo of the input, line ends left alone. It says with one
 * character when it is set up, because what is sent before would be echoed.
 */
function onPipes(cmd: string[]): string[] {
  const words = cmd.length > 0 ? cmd : ['sh'];
  return ['sh', '-c', `stty -echo -onlcr 2>/dev/null; printf '\\001'; PS1= PS2= exec "$@"`, 'sh', ...words];
}

async function* afterReady(stream: AsyncIterable<Buffer>, onReady: () => void): AsyncGenerator<Buffer> {
  let ready = false;
  for await (const chunk of stream) {
    if (ready) {
      yield chunk;
      continue;
    }
    const at = chunk.indexOf(READY);
    if (at !== -1) {
      ready = true;
      onReady();
    }
    yield at === -1 ? chunk : Buffer.concat([chunk.subarray(0, at), chunk.subarray(at + 1)]);
  }
}

/** Sends stdin to its end. The end is a character of its own: a terminal has no half-closed state. */
function sendInput(stream: NodeJS.WritableStream): void {
  let lineIsOpen = false;
  process.stdin.on('data', (chunk: Buffer) => {
    lineIsOpen = chunk.at(-1) !== 0x0a;
    stream.write(chunk);
  });
  // Amid a line the first one only hands over what is there.
  process.stdin.once('end', () => stream.write(lineIsOpen ? END_OF_INPUT.repeat(2) : END_OF_INPUT));
}
