import { setTimeout as delay } from 'node:timers/promises';
import { discoverServer, type ServerSession } from '../notebooks/jupyter.ts';
import type { ProbeResult, Server } from '../notebooks/running-server.ts';
import { probeServer } from '../notebooks/server.ts';
import { readEnd } from '../protocol/bounded-read.ts';
import { EzjError } from '../protocol/errors.ts';
import { safeText } from '../protocol/terminal-text.ts';
import type { Ended, Runtime } from './runtime.ts';

const POLL_MS = 20;
/**
 * The pause between attempts at a server that refuses the token, because each attempt costs two calls to the runtime.
 */
const REFUSED_POLL_MS = 500;
/** How long a server may refuse the token: it responds before it has written its own token to a file. */
const REFUSED_MS = 15_000;
/** A longer timer fires at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;
const LOG_LINES = 15;
const LOG_LIMITS = { bytes: 16 * 2 ** 20, keep: 2 ** 18, ms: 5000 };
/** Of a longer line, the beginning is shown. */
const LONGEST_LINE = 2000;

/** The server to wait for. */
export interface Waiting {
  runtime: Runtime;
  id: string;
  /** The expected server, with the token that ezj set. */
  server: Server;
  deadlineMs: number;
  signal: AbortSignal;
}

/**
 * Resolves when the right server accepts its token. Rejects at the end of the session, at the deadline and on the
 * signal. Returns the server with the token that it accepts, which differs if the image requires its own.
 * @throws `session-exited`, `session-not-ready`, `server-foreign`, `cancelled`
 */
export async function waitUntilReady(waiting: Waiting): Promise<Server> {
  const stop = new AbortController();
  const signal = AbortSignal.any([stop.signal, waiting.signal]);
  const progress: Progress = { last: 'silent' };
  try {
    return await Promise.race([
      pollServer(waiting, progress, signal),
      failWhenExited(waiting, signal),
      failAtDeadline(waiting, progress, signal),
    ]);
  } catch (error) {
    if (waiting.signal.aborted) throw new EzjError({ code: 'cancelled', message: 'Cancelled.', cause: error });
    throw error;
  } finally {
    stop.abort();
  }
}

/** The result of the last probe. */
interface Progress {
  last: ProbeResult;
}

async function pollServer(waiting: Waiting, progress: Progress, signal: AbortSignal): Promise<Server> {
  let refusedSince: number | undefined;
  for (;;) {
    const last = await probeServer(waiting.server, signal);
    progress.last = last;
    if (last === 'ready') return waiting.server;
    if (last === 'open') throw openServer(waiting);
    if (last === 'refused') {
      const own = waiting.server.contract.ownToken ? await proveDiscovered(waiting, signal) : undefined;
      if (own) return own;
      refusedSince ??= Date.now();
      if (Date.now() - refusedSince > REFUSED_MS) throw foreignServer(waiting);
    }
    await delay(last === 'refused' ? REFUSED_POLL_MS : POLL_MS, undefined, { signal });
  }
}

/** Beside the polls, because the server decides how long a poll takes. */
async function failAtDeadline(waiting: Waiting, progress: Progress, signal: AbortSignal): Promise<never> {
  await delay(Math.min(waiting.deadlineMs, LONGEST_TIMER_MS), undefined, { signal });
  throw progress.last === 'refused' ? foreignServer(waiting) : await notReady(waiting);
}

/** Tries the tokens that the server has written to files in the session. */
async function proveDiscovered({ runtime, id, server }: Waiting, signal: AbortSignal): Promise<Server | undefined> {
  const session: ServerSession = {
    run: async (cmd) => (await runtime.run(id, { cmd, signal })).output,
    log: (tail) => logEnd(runtime, id, { tail, signal }),
  };
  for (const discovered of await discoverServer(session, server.contract.port)) {
    const own = { ...server, ...discovered };
    if ((await probeServer(own, signal)) === 'ready') return own;
  }
  return undefined;
}

async function failWhenExited(waiting: Waiting, signal: AbortSignal): Promise<never> {
  const end = await waiting.runtime.waitForEnd(waiting.id, { signal });
  throw end === undefined ? removedMeanwhile() : await exited(waiting, end);
}

/** The error for a session that ended before it was ready: exit code, memory, last log lines. */
async function exited({ runtime, id }: Waiting, { outOfMemory, error, exitCode }: Ended): Promise<EzjError> {
  const cause = outOfMemory ? 'it ran out of memory' : error || `exit code ${exitCode}`;
  return new EzjError({
    code: 'session-exited',
    message: `The notebook server ended before it was ready: ${cause}.`,
    hint: outOfMemory
      ? 'Give it more with --memory, such as --memory 4g.'
      : 'Its last log lines are above. `ezj doctor` checks your machine.',
    details: await lastLines(runtime, id),
  });
}

/** The error for a start whose session was removed by another program. */
export function removedMeanwhile(cause?: unknown): EzjError {
  return new EzjError({
    code: 'session-exited',
    message: 'The container was removed while it started.',
    hint: 'Run `ezj` again.',
    cause,
  });
}

/** Whether a session was removed, or is being removed. */
export async function isGone(runtime: Pick<Runtime, 'inspect'>, id: string): Promise<boolean> {
  const details = await runtime.inspect(id).catch(() => 'unknown');
  return details === undefined;
}

async function notReady({ runtime, id, deadlineMs, server }: Waiting): Promise<EzjError> {
  return new EzjError({
    code: 'session-not-ready',
    message: `The notebook server did not answer on port ${server.port} within ${deadlineMs / 1000} s.`,
    hint: 'Give it more time with `ezj config set ready.timeoutSeconds 600`, or read its last log lines above.',
    details: await lastLines(runtime, id),
  });
}

function foreignServer({ server }: Waiting): EzjError {
  return new EzjError({
    code: 'server-foreign',
    message: `The server on ${server.address}:${server.port} does not accept this session's token.`,
    hint: 'Another program uses the port, or the image sets its own password. Try another port with --port.',
  });
}

function openServer({ server }: Waiting): EzjError {
  return new EzjError({
    code: 'server-foreign',
    message: `The server on ${server.address}:${server.port} accepts any token: anyone who reaches the port would get in.`,
    hint: `Make the server of the image require the token in $${server.contract.secret}. For a server without a sign-in, define a kind with \`signIn: none\`: see \`ezj config schema\`.`,
  });
}

async function lastLines(runtime: Runtime, id: string): Promise<string[]> {
  // A session that is being removed has no log.
  const log = await logEnd(runtime, id, { tail: LOG_LINES }).catch(() => '');
  return safeText(log)
    .split('\n')
    .map((line) => line.slice(0, LONGEST_LINE).trimEnd())
    .filter(Boolean)
    .slice(-LOG_LINES);
}

/** The last lines of a log, or the end of them: a session can print a line without an end. */
async function logEnd(runtime: Runtime, id: string, query: { tail: number; signal?: AbortSignal }): Promise<string> {
  const limits = { what: `The log of the session ${id}`, ...LOG_LIMITS, signal: query.signal };
  return (await readEnd(await runtime.logs(id, query), limits)).end.toString('utf8');
}
