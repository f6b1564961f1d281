import { Duplex, PassThrough } from 'node:stream';
import type {
  Engine,
  ExecOptions,
  ExecResult,
  InteractiveExec,
  InteractiveOptions,
  OutputChunk,
} from '../../../src/engine/engine.ts';
import { cancelled } from '../../../src/engine/engine-call.ts';
import { MOST_OUTPUT_BYTES } from '../../../src/engine/exec.ts';
import { tooLong } from '../../../src/protocol/bounded-read.ts';
import type { EzjError } from '../../../src/protocol/errors.ts';
import type { Containers } from './containers.ts';
import { refusal } from './failure.ts';
import { type Ended, type Process, type Program, type Programs, type Running, startProcess } from './process.ts';
import { describe, listenerOf } from './run-container.ts';
import type { StoredContainer } from './stored-container.ts';

/** Commands in containers that run. */
export class Execs implements Pick<Engine, 'exec' | 'execInteractive'> {
  readonly #containers: Containers;
  readonly #programs: Programs;

  constructor(containers: Containers, programs: Programs) {
    this.#containers = containers;
    this.#programs = programs;
  }

  async exec(id: string, options: ExecOptions): Promise<ExecResult> {
    const what = `run ${options.cmd[0]} in the container ${id}`;
    const container = this.#needRunning(id, what);
    let output = '';
    const print = (text: string) => {
      output += text;
    };
    const program = this.#programOf(options.cmd, container);
    const process = {
      ...surroundings(container, options),
      print,
      printError: print,
      stdin: nothing(),
      size: () => undefined,
    };
    const running = startProcess(program, process);
    container.ended.then(() => running.kill());
    const { exitCode } = await within(running, options, cancelled(what));
    const bytes = Buffer.from(output);
    const { maxBytes = MOST_OUTPUT_BYTES, keepBytes = maxBytes } = options;
    if (bytes.length > maxBytes) throw tooLong({ what: `The output of ${options.cmd[0]}`, bytes: maxBytes });
    return { exitCode, output: bytes.subarray(-keepBytes).toString('utf8') };
  }

  async execInteractive(id: string, options: InteractiveOptions): Promise<InteractiveExec> {
    const container = this.#needRunning(id, `open a shell in the container ${id}`);
    let { size } = options;
    const input = new PassThrough();
    const stream = new Duplex({
      // A command that has ended reads no more.
      allowHalfOpen: false,
      read() {},
      write: (chunk, _encoding, done) => void input.write(chunk, done),
      final: (done) => void input.end(done),
    });
    const output = new PassThrough({ objectMode: true });
    const write = (source: OutputChunk['source']) => (text: string) => {
      output.write({ source, bytes: Buffer.from(text) });
    };
    const program = this.#programOf(options.cmd, container);
    const io = { print: write('stdout'), printError: write('stderr'), stdin: input, size: () => size };
    const running = startProcess(program, { ...surroundings(container, options), ...io });
    container.ended.then(() => running.kill());
    running.ended.then(() => {
      output.end();
      stream.push(null);
    });
    return {
      stream,
      output,
      resize: async (columns, rows) => {
        size = { columns, rows };
      },
      exitCode: async () => (await running.ended).exitCode,
    };
  }

  #needRunning(id: string, what: string): StoredContainer {
    const container = this.#containers.need(id, what);
    if (container.state === 'running') return container;
    const words = container.state === 'paused' ? 'is paused, unpause the container before exec' : 'is not running';
    throw refusal(what, { status: 409, words: `Container ${id} ${words}` });
  }

  #programOf(cmd: string[], container: StoredContainer): Program {
    return this.#programs(cmd, describe(container)) ?? notFound(cmd);
  }
}

/** The end of what runs, which is killed when it takes too long or its caller gives up. */
async function within(running: Running, { timeoutMs = 120_000, signal }: ExecOptions, error: EzjError): Promise<Ended> {
  let isLate = false;
  const stop = () => {
    isLate = true;
    running.kill();
  };
  const timer = setTimeout(stop, timeoutMs);
  if (signal?.aborted) stop();
  signal?.addEventListener('abort', stop, { once: true });
  const ended = await running.ended;
  clearTimeout(timer);
  signal?.removeEventListener('abort', stop);
  if (isLate) throw error;
  return ended;
}

function surroundings(
  container: StoredContainer,
  { cmd, env = {}, user, workdir }: Pick<ExecOptions, 'cmd' | 'env' | 'user' | 'workdir'>,
): Omit<Process, 'print' | 'printError' | 'stdin' | 'size' | 'terminated'> {
  const { spec, image, files, listeners } = container;
  return {
    cmd,
    env: { ...container.env, ...env },
    user: user ?? spec.user ?? image.config.user,
    workdir: workdir ?? spec.workdir ?? image.config.workdir,
    files,
    serve: (port, server) => listeners.set(port, listenerOf(server)),
  };
}

function notFound([name = '']: string[]): Program {
  return ({ print }) => {
    print(`OCI runtime exec failed: exec failed: exec: "${name}": executable file not found in $PATH: unknown\r\n`);
    return 126;
  };
}

async function* nothing(): AsyncGenerator<Buffer> {}
