import type { Duplex } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import type { Exec } from 'dockerode';
import { readEnd } from '../protocol/bounded-read.ts';
import { EzjError } from '../protocol/errors.ts';
import { type Connection, openAnswer } from './connection.ts';
import { toChunks, toText } from './container-output.ts';
import { withDeadline } from './deadline.ts';
import type { ExecOptions, ExecResult, InteractiveExec, InteractiveOptions } from './engine.ts';
import { callEngine, openStream } from './engine-call.ts';
import { toEngineError } from './engine-errors.ts';
import { writeEnv } from './env-list.ts';

/** How much a command may print, unless its caller expects more. */
export const MOST_OUTPUT_BYTES = 2 ** 20;

/** Runs a command in a container to its end, at most `timeoutMs` (default two minutes). */
export function execCommand(connection: Connection, id: string, options: ExecOptions): Promise<ExecResult> {
  const { signal, timeoutMs = 120_000 } = options;
  return withDeadline({ signal, ms: timeoutMs }, (limited) =>
    runToEnd(connection, id, { ...options, signal: limited }),
  );
}

async function runToEnd(connection: Connection, id: string, options: ExecOptions): Promise<ExecResult> {
  const { cmd, user, env = {}, workdir, exitMark, signal } = options;
  const { maxBytes = MOST_OUTPUT_BYTES, keepBytes: keep } = options;
  const what = `run ${cmd[0]} in the container ${id}`;
  const exec = await callEngine(connection, { what, signal }, (abortSignal) =>
    connection.docker.getContainer(id).exec({
      Cmd: cmd,
      User: user,
      Env: writeEnv(env),
      WorkingDir: workdir,
      AttachStdout: true,
      AttachStderr: true,
      abortSignal,
    }),
  );
  const stream = await openStream(connection, { what, signal }, (abortSignal) => exec.start({ abortSignal }));
  try {
    const limits = { what: `The output of ${cmd[0]} in the container ${id}`, bytes: maxBytes, keep };
    const { end, cut } = await readEnd(toText(stream), limits);
    if (cut) throw cut;
    const output = end.toString('utf8');
    return markedExit(output, exitMark) ?? { output, exitCode: await exitCodeOf(connection, exec, what) };
  } catch (thrown) {
    throw toEngineError(thrown, { what, source: connection.source });
  }
}

/** The result at the end of the output; undefined if the command ended before it printed one. */
function markedExit(output: string, mark: string | undefined): ExecResult | undefined {
  const at = mark === undefined ? -1 : output.lastIndexOf(mark);
  const exitCode = /^ (\d+)\s*$/.exec(output.slice(at + (mark ?? '').length))?.[1];
  return at === -1 || exitCode === undefined ? undefined : { output: output.slice(0, at), exitCode: Number(exitCode) };
}

/** Runs a command with input, on a terminal of the given size, or on pipes if there is no size. */
export async function execInteractive(
  connection: Connection,
  id: string,
  options: InteractiveOptions,
): Promise<InteractiveExec> {
  const { cmd, user, env = {}, workdir, size } = options;
  const what = `open a ${size ? 'terminal' : 'shell'} in the container ${id}`;
  const Tty = size !== undefined;
  const exec = await callEngine(connection, { what }, (abortSignal) =>
    connection.docker.getContainer(id).exec({
      Cmd: cmd,
      User: user,
      Env: writeEnv(env),
      WorkingDir: workdir,
      Tty,
      AttachStdin: true,
      AttachStdout: true,
      AttachStderr: true,
      abortSignal,
    }),
  );
  const resize = (width: number, height: number) => resizeTerminal(connection, exec, { w: width, h: height });
  const stream = (await openStream(connection, { what }, (abortSignal) =>
    exec.start({ hijack: true, stdin: true, Tty, abortSignal }),
  )) as Duplex;
  // A command that has ended has no terminal.
  if (size) await resize(size.columns, size.rows).catch(() => undefined);
  const output = stream.pipe(toChunks({ framed: !Tty }));
  // If the stream breaks, nothing else ends it.
  stream.once('close', () => output.end());
  return {
    stream,
    output,
    resize,
    exitCode: () => exitCodeOf(connection, exec, what),
  };
}

/** Avoids dockerode's `resize`, which takes Podman's 201 for a failure. */
async function resizeTerminal(connection: Connection, exec: Exec, query: { w: number; h: number }): Promise<void> {
  const answer = await openStream(connection, { what: 'resize a terminal' }, (abortSignal) =>
    openAnswer(connection, { path: `/exec/${exec.id}/resize`, method: 'POST', query, abortSignal }),
  );
  answer.resume();
}

/** Waits if needed: the output can end a moment before the engine records the exit code. */
async function exitCodeOf(connection: Connection, exec: Exec, what: string): Promise<number> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const state = await callEngine(connection, { what }, (abortSignal) => exec.inspect({ abortSignal }));
    if (!state.Running && state.ExitCode !== null) return state.ExitCode;
    await delay(10 + attempt);
  }
  throw new EzjError({ code: 'engine-failed', message: `Could not ${what}: the engine gives no exit code for it` });
}
