import { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import type { Engine } from '../engine/engine.ts';
import { discoverServer } from '../notebooks/jupyter.ts';
import type { ProbeResult, Server } from '../notebooks/running-server.ts';
import { probeServer } from '../notebooks/server.ts';
import { readEnd } from '../protocol/bounded-read.ts';
import { EzjError } from '../protocol/errors.ts';
import { safeText } from '../protocol/terminal-text.ts';

const POLL_MS = 20;
/**
 * The pause between attempts at a server that refuses the token, because each attempt costs two calls to the engine.
 */
const REFUSED_POLL_MS = 500;
/** How long a server may refuse the token: it responds before it has written its own token to a file. */
const REFUSED_MS = 15_000;
/** A longer timer fires at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;
const LOG_LINES = 15;
const LOG_LIMITS = { bytes: 16 * 2 ** 20, keep: 2 ** 16, ms: 5000 };
/** Of a longer line, the beginning is shown. */
const LONGEST_LINE = 2000;

/** The server to wait for. */
export interface Waiting {
  engine: Engine;
  container: string;
  /** The expected server, with the token that ezj set. */
  server: Server;
  deadlineMs: number;
  signal: AbortSignal;
}

/**
 * Resolves when the right server accepts its token. Rejects at the end of the container, at the deadline and on the
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

/** Tries the tokens that the server has written to files in the container. */
async function proveDiscovered(
  { engine, container, server }: Waiting,
  signal: AbortSignal,
): Promise<Server | undefined> {
  const containerPort = server.contract.port;
  for (const discovered of await discoverServer(engine, container, { containerPort, signal })) {
    const own = { ...server, ...discovered };
    if ((await probeServer(own, signal)) === 'ready') return own;
  }
  return undefined;
}

async function failWhenExited({ engine, container }: Waiting, signal: AbortSignal): Promise<never> {
  await engine.waitForExit(container, { signal });
  throw await exited(engine, container);
}

/** The error for a container that ended before it was ready: exit code, memory, last log lines. */
export async function exited(engine: Engine, container: string): Promise<EzjError> {
  const details = await engine.inspectContainer(container);
  if (details === undefined) return removedMeanwhile();
  const cause = details.outOfMemory ? 'it ran out of memory' : details.error || `exit code ${details.exitCode}`;
  return new EzjError({
    code: 'session-exited',
    message: `The notebook server ended before it was ready: ${cause}.`,
    hint: details.outOfMemory
      ? 'Give it more with --memory, such as --memory 4g.'
      : 'Its last log lines are above. `ezj doctor` checks your machine.',
    details: await lastLines(engine, container),
  });
}

/** The error for a start whose container was removed by another program. */
export function removedMeanwhile(cause?: unknown): EzjError {
  return new EzjError({
    code: 'session-exited',
    message: 'The container was removed while it started.',
    hint: 'Run `ezj` again.',
    cause,
  });
}

/** Whether a container was removed, or is being removed. */
export async function isGone(engine: Engine, container: string): Promise<boolean> {
  const details = await engine.inspectContainer(container).catch(() => ({ state: 'unknown' }));
  return details === undefined || details.state === 'removing';
}

async function notReady({ engine, container, deadlineMs, server }: Waiting): Promise<EzjError> {
  return new EzjError({
    code: 'session-not-ready',
    message: `The notebook server did not answer on port ${server.port} within ${deadlineMs / 1000} s.`,
    hint: 'Give it more time with `ezj config set ready.timeoutSeconds 600`, or read its last log lines above.',
    details: await lastLines(engine, container),
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

async function lastLines(engine: Engine, container: string): Promise<string[]> {
  // A container that is being removed has no log.
  const log = await engine.containerLogs(container, { tail: LOG_LINES }).catch(() => Readable.from([]));
  const { end } = await readEnd(log, { what: `The log of the container ${container}`, ...LOG_LIMITS });
  return safeText(end.toString('utf8'))
    .split('\n')
    .map((line) => line.slice(0, LONGEST_LINE).trimEnd())
    .filter(Boolean)
    .slice(-LOG_LINES);
}
