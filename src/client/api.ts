import type { IncomingMessage } from 'node:http';
import type { Duplex, Readable } from 'node:stream';
import type { ImportRequest } from '../protocol/archive.ts';
import type { AnswerOf, PartsOf, RouteWith } from '../protocol/contract.ts';
import type { Hello } from '../protocol/daemon.ts';
import type { EnvironmentRequest } from '../protocol/environment.ts';
import { EzjError } from '../protocol/errors.ts';
import type { Report, StreamEvent } from '../protocol/events.ts';
import { decodeFrames, type Frame } from '../protocol/frames.ts';
import { DAEMON_HOST } from '../protocol/headers.ts';
import type { BuildRequest, PruneRequest } from '../protocol/image.ts';
import { readLines } from '../protocol/lines.ts';
import type { DaemonPaths } from '../protocol/paths.ts';
import type { HostNetwork, ShellOptions, StartRequest } from '../protocol/session.ts';
import type { FetchRequest, PushRequest } from '../protocol/sharing.ts';
import { call, daemonGone } from './connect.ts';
import { isConnectionLost, isNobodyThere } from './connection-errors.ts';
import { readJson } from './request.ts';
import { closeDaemon } from './start-daemon.ts';
import { refuseForeignSocket } from './state-folder.ts';
import { requestOf } from './typed-call.ts';

/** How to follow and end a long call. If the signal fires, the client hangs up, which cancels the call. */
interface LongCall {
  report: Report;
  signal?: AbortSignal;
}

/** The daemon's API for the command line: one method per route. Starts and replaces the daemon if needed. */
export function daemonApi(paths: DaemonPaths) {
  async function ask<R extends RouteWith<'answer'>>(
    route: R,
    parts: PartsOf<R>,
    signal?: AbortSignal,
  ): Promise<AnswerOf<R>> {
    return readJson<AnswerOf<R>>(await call(paths, { ...requestOf(route, parts), signal }));
  }

  async function follow<R extends RouteWith<'result'>>(
    route: R,
    parts: PartsOf<R>,
    options: LongCall & { bytes?: Readable },
  ): Promise<AnswerOf<R>> {
    const { signal, bytes } = options;
    const answer = await call(paths, { ...requestOf(route, parts), bytes, signal });
    // Does not send the rest of an upload that the daemon rejects.
    return readResult<AnswerOf<R>>(answer, readEvents(answer), options).finally(() => bytes && answer.destroy());
  }

  /** Follows an answer to its result. Passes bytes to `write`. */
  async function readResult<Result>(
    answer: IncomingMessage,
    frames: AsyncIterable<Frame<Result>>,
    { report, signal, write }: LongCall & { write?: (data: Buffer) => Promise<void> },
  ): Promise<Result> {
    if ((answer.statusCode ?? 500) >= 400) return readJson<Result>(answer);
    try {
      for await (const frame of frames) {
        if ('data' in frame) await write?.(frame.data);
        else if (frame.event.type === 'done') return frame.event.result;
        else if (frame.event.type === 'error') throw new EzjError(frame.event.error);
        else report(frame.event);
      }
    } catch (error) {
      if (signal?.aborted) throw new EzjError({ code: 'cancelled', message: 'Cancelled.', cause: error });
      if (isConnectionLost(error)) throw daemonGone(paths, error);
      throw error;
    }
    throw daemonGone(paths);
  }

  return {
    /** The state of the daemon; undefined if none runs. Never starts one. */
    async hello(): Promise<Hello | undefined> {
      try {
        const request = requestOf('GET /v1/hello', {});
        return await readJson<Hello>(await call(paths, request, { start: false, anyProtocol: true }));
      } catch (error) {
        if (isNobodyThere(error)) return undefined;
        throw error;
      }
    },
    /** Starts the daemon if none runs. */
    start: () => ask('GET /v1/hello', {}),
    /** Ends the daemon. Sessions keep running. */
    stopDaemon: () => closeDaemon(paths),

    /** With `activity`, asks each session's server for its last use. */
    sessions: ({ activity = false } = {}) => ask('GET /v1/sessions', { query: activity ? { activity } : {} }),
    startSession: (body: StartRequest, options: LongCall) => follow('POST /v1/sessions', { body }, options),
    access: (name: string) => ask('GET /v1/sessions/:name/access', { params: { name } }),
    link: (name: string, notebook?: string) =>
      ask('POST /v1/sessions/:name/link', { params: { name }, body: { notebook } }),
    /** User and password, if the session needs them. */
    credentials: (name: string) => ask('GET /v1/sessions/:name/credentials', { params: { name } }),
    stopSession: (name: string, { force = false, discard = false } = {}) =>
      ask('POST /v1/sessions/:name/stop', { params: { name }, body: { force, discard } }),
    restartSession: (name: string, options: LongCall) =>
      follow('POST /v1/sessions/:name/restart', { params: { name } }, options),
    /** Resolves when the session ends, for any reason. */
    end: (name: string, signal: AbortSignal) => ask('GET /v1/sessions/:name/end', { params: { name } }, signal),
    /** The log as a text stream; with `follow`, until the session ends. */
    async logs(name: string, { signal, ...query }: { follow: boolean; tail?: number; signal?: AbortSignal }) {
      const request = requestOf('GET /v1/sessions/:name/logs', { params: { name }, query });
      const answer = await call(paths, { ...request, signal });
      return (answer.statusCode ?? 500) < 400 ? answer : readJson<IncomingMessage>(answer);
    },
    /**
     * Opens a shell in the session, and returns its ID for {@link resizeShell} and {@link shellExit}. The stream takes the input, and
     * returns the terminal's output, or frames of stdout and stderr if there is no terminal.
     */
    shell: (name: string, body: ShellOptions) => openShell(paths, name, body),
    resizeShell: (id: string, columns: number, rows: number) =>
      ask('PUT /v1/shells/:id/size', { params: { id }, body: { columns, rows } }),
    /** Waits for the end of a shell. Hanging up ends it. After the first report, the end of the stream means the end of the input. */
    shellExit: (id: string, options: LongCall) => follow('POST /v1/shells/:id/exit', { params: { id } }, options),

    images: () => ask('GET /v1/images', {}),
    pullImage: (reference: string, options: LongCall) =>
      follow('POST /v1/images/pull', { body: { reference } }, options),
    buildImages: (body: BuildRequest, options: LongCall) => follow('POST /v1/images/build', { body }, options),
    prune: (body: PruneRequest) => ask('POST /v1/prune', { body }),

    project: (body: StartRequest) => ask('POST /v1/project', { body }),
    trusted: () => ask('GET /v1/trust', {}),
    trust: (request: StartRequest, fingerprint: string) => ask('PUT /v1/trust', { body: { request, fingerprint } }),
    revokeTrust: (project: string) => ask('DELETE /v1/trust', { query: { project } }),
    kinds: (project: string) => ask('GET /v1/kinds', { query: { project } }),
    /** The environment of a project. Builds nothing. */
    environment: (body: EnvironmentRequest) => ask('POST /v1/environment', { body }),
    /** The packages in a session that its project's files do not list. */
    installed: (name: string) => ask('GET /v1/sessions/:name/installed', { params: { name } }),
    saveInstalled: (name: string, dryRun: boolean) =>
      ask('POST /v1/sessions/:name/installed/save', { params: { name }, body: { dryRun } }),
    /** Exports an environment as a tar archive, and passes it to `write` in chunks. */
    async exportEnvironment(body: EnvironmentRequest, options: LongCall & { write: (data: Buffer) => Promise<void> }) {
      const route = 'POST /v1/environment/export';
      const answer = await call(paths, { ...requestOf(route, { body }), signal: options.signal });
      return readResult<AnswerOf<typeof route>>(answer, decodeFrames(answer), options);
    },
    /** Imports an archive of `ezj export`. */
    async importEnvironment(query: ImportRequest, archive: Readable, options: LongCall) {
      // A GET first, to start a missing daemon or replace an old one, because the archive can be sent only once.
      await ask('GET /v1/hello', {});
      return follow('POST /v1/environment/import', { query }, { ...options, bytes: archive });
    },
    /** Pushes a built environment to a registry. */
    pushEnvironment: (body: PushRequest, options: LongCall) => follow('POST /v1/environment/push', { body }, options),
    /** Pulls a built environment from the registry in the configuration. */
    fetchEnvironment: (body: FetchRequest, options: LongCall) => follow('POST /v1/environment/pull', { body }, options),
    config: () => ask('GET /v1/config', {}),
    configGet: (key: string) => ask('GET /v1/config/:key', { params: { key } }),
    configSet: (key: string, value: string) => ask('PUT /v1/config/:key', { params: { key }, body: { value } }),
    configUnset: (key: string) => ask('DELETE /v1/config/:key', { params: { key } }),
    doctor: (host: HostNetwork) => ask('POST /v1/doctor', { body: { host } }),
  };
}

export type DaemonApi = ReturnType<typeof daemonApi>;

async function* readEvents<Result>(answer: IncomingMessage): AsyncGenerator<Frame<Result>> {
  for await (const line of readLines(answer)) if (line !== '') yield { event: JSON.parse(line) as StreamEvent<Result> };
}

async function openShell(
  paths: DaemonPaths,
  name: string,
  body: ShellOptions,
): Promise<{ id: string; stream: Duplex }> {
  const { default: http } = await import('node:http');
  // A GET first, to start a missing daemon or replace an old one, and to report an unknown name.
  const asked = requestOf('GET /v1/sessions/:name/shell', { params: { name } });
  await readJson(await call(paths, asked));
  refuseForeignSocket(paths.socket);
  return new Promise((resolve, reject) => {
    const request = http.request({
      socketPath: paths.socket,
      method: 'GET',
      path: `${asked.path}?${new URLSearchParams({ options: JSON.stringify(body) })}`,
      agent: false,
      headers: { host: DAEMON_HOST, connection: 'Upgrade', upgrade: 'ezj-terminal' },
    });
    request.on('upgrade', (answer, stream, head) => {
      if (head.length > 0) stream.unshift(head);
      resolve({ id: String(answer.headers['ezj-shell']), stream });
    });
    request.on('response', (answer) => readJson(answer).then(() => reject(new Error('no upgrade')), reject));
    request.on('error', (error) =>
      reject(isNobodyThere(error) || isConnectionLost(error) ? daemonGone(paths, error) : error),
    );
    request.end();
  });
}
