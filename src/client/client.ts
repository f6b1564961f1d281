import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import type { AnswerOf, Contract, PartsOf, Route, RouteWith } from '../protocol/contract.ts';
import type { Hello } from '../protocol/daemon.ts';
import type { Report } from '../protocol/events.ts';
import { decodeFrames } from '../protocol/frames.ts';
import type { DaemonPaths } from '../protocol/paths.ts';
import type { ShellOptions } from '../protocol/session.ts';
import { callDaemon } from './connect.ts';
import { isNobodyThere } from './connection-errors.ts';
import { exchange } from './exchange.ts';
import { type OpenShell, openShell } from './open-shell.ts';
import { readEvents, readResult } from './read-result.ts';
import { parseJson, readJson, send } from './request.ts';
import { closeDaemon } from './start-daemon.ts';
import { requestOf } from './typed-call.ts';

/** If the signal fires, the client hangs up, which cancels the call. */
interface Cancellable {
  signal?: AbortSignal;
}

interface Followed extends Cancellable {
  report: Report;
}

/** The bytes that a route takes as an upload. */
type Upload<R extends Route> = Contract[R] extends { upload: true } ? { bytes: Readable } : { bytes?: undefined };

/**
 * Calls the routes of `protocol/contract.ts`: one function for each way to answer, and three for what is no plain call.
 * Each call starts a missing daemon and replaces an old one.
 */
export interface Client {
  /** Resolves with the answer. */
  call<R extends RouteWith<'answer'>>(route: R, parts: PartsOf<R>, options?: Cancellable): Promise<AnswerOf<R>>;

  /** Reports the progress of a long call, and resolves with its result. */
  follow<R extends RouteWith<'result'>>(
    route: R,
    parts: PartsOf<R>,
    options: Followed & Upload<R>,
  ): Promise<AnswerOf<R>>;

  /** Passes the bytes of an answer to `write`, and resolves with the result. */
  receive<R extends RouteWith<'bytes'>>(
    route: R,
    parts: PartsOf<R>,
    options: Followed & { write: (data: Buffer) => Promise<void> },
  ): Promise<AnswerOf<R>>;

  /** Resolves with a stream of text as soon as it begins. */
  text<R extends RouteWith<'text'>>(route: R, parts: PartsOf<R>, options?: Cancellable): Promise<IncomingMessage>;

  /** Asks a daemon that runs for its state, of whatever version. Never starts one: resolves with undefined if none runs. */
  hello(): Promise<Hello | undefined>;

  /** Ends the daemon. Sessions keep running. */
  stopDaemon(): Promise<void>;

  /** Opens a shell in a session, or runs a command in it. */
  openShell(name: string, options: ShellOptions): Promise<OpenShell>;
}

/** A client of the daemon at these paths. Connects at the first call. */
export function openClient(paths: DaemonPaths): Client {
  const stream = <R extends Route>(
    route: R,
    parts: PartsOf<R>,
    { signal, bytes }: Cancellable & { bytes?: Readable },
  ) => callDaemon(paths, { ...requestOf(route, parts), signal, bytes }, send);

  const client: Client = {
    call: async (route, parts, { signal } = {}) =>
      parseJson(await callDaemon(paths, { ...requestOf(route, parts), signal }, exchange)),

    async follow<R extends RouteWith<'result'>>(route: R, parts: PartsOf<R>, options: Followed & Upload<R>) {
      const { bytes } = options;
      // An upload can be sent only once. This call ensures a daemon that takes it.
      if (bytes) await client.call('GET /v1/hello', {}, { signal: options.signal });
      const answer = await stream(route, parts, options);
      // Does not send the rest of an upload that the daemon rejects.
      return readResult<AnswerOf<R>>(answer, readEvents(answer), { ...options, paths }).finally(
        () => bytes && answer.destroy(),
      );
    },

    async receive(route, parts, options) {
      const answer = await stream(route, parts, { signal: options.signal });
      return readResult(answer, decodeFrames(answer), { ...options, paths });
    },

    async text(route, parts, options = {}) {
      const answer = await stream(route, parts, options);
      return (answer.statusCode ?? 500) < 400 ? answer : readJson<never>(answer);
    },

    hello: () => askRunning(paths),
    stopDaemon: () => closeDaemon(paths),
    openShell: (name, options) => openShell(paths, name, options),
  };
  return client;
}

async function askRunning(paths: DaemonPaths): Promise<Hello | undefined> {
  try {
    const request = requestOf('GET /v1/hello', {});
    return parseJson<Hello>(await callDaemon(paths, request, exchange, { start: false, anyProtocol: true }));
  } catch (error) {
    if (isNobodyThere(error)) return undefined;
    throw error;
  }
}
