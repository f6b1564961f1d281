import type { IncomingMessage } from 'node:http';
import type { Duplex, Readable } from 'node:stream';
import type { ExportReport, ImportReport, ImportRequest } from '../protocol/archive.ts';
import type { EnvironmentReport, EnvironmentRequest, InstalledReport, SaveReport } from '../protocol/environment.ts';
import { EzjError } from '../protocol/errors.ts';
import type { Report, StreamEvent } from '../protocol/events.ts';
import { decodeFrames, type Frame } from '../protocol/frames.ts';
import type { Finding, ImageSummary, PruneReport } from '../protocol/image.ts';
import type { DaemonPaths } from '../protocol/paths.ts';
import {
  type ConfigEntry,
  type Hello,
  type ImageName,
  type KindSummary,
  type ProjectReport,
  ROUTES,
  type SessionEnd,
  type ShellOptions,
  type SignInCredentials,
  type StopReport,
} from '../protocol/routes.ts';
import type { HostNetwork, Session, SessionAccess, StartRequest } from '../protocol/session.ts';
import type { FetchReport, FetchRequest, PushReport, PushRequest } from '../protocol/sharing.ts';
import { call, daemonGone } from './connect.ts';
import { isConnectionLost, isNobodyThere } from './connection-errors.ts';
import { type Call, readJson } from './request.ts';
import { closeDaemon } from './start-daemon.ts';

/** How a long call is followed and ended. A fired signal hangs up, which cancels the call. */
interface LongCall {
  report: Report;
  signal?: AbortSignal;
}

/** The daemon as the command line sees it: one method a route. Starts and replaces the daemon where that is needed. */
export function daemonApi(paths: DaemonPaths) {
  const ask = async <Result>(request: Call): Promise<Result> => readJson<Result>(await call(paths, request));
  const get = <Result>(path: string) => ask<Result>({ method: 'GET', path });
  const post = <Result>(path: string, body: unknown = {}) => ask<Result>({ method: 'POST', path, body });

  async function follow<Result>(path: string, body: unknown, { report, signal }: LongCall): Promise<Result> {
    const answer = await call(paths, { method: 'POST', path, body, signal });
    return readResult<Result>(answer, readEvents(answer), { report, signal });
  }

  /** Follows an answer to its result; what is no event of it goes to `write`. */
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
    /** The daemon's own state; undefined where none runs. Never starts one. */
    async hello(): Promise<Hello | undefined> {
      try {
        return await readJson<Hello>(
          await call(paths, { method: 'GET', path: ROUTES.hello }, { start: false, anyProtocol: true }),
        );
      } catch (error) {
        if (isNobodyThere(error)) return undefined;
        throw error;
      }
    },
    /** Starts the daemon where none runs. */
    start: () => get<Hello>(ROUTES.hello),
    /** Ends the daemon; sessions go on. */
    stopDaemon: () => closeDaemon(paths),

    /** With `activity`, each session's server is asked when it was last used. */
    sessions: ({ activity = false } = {}) =>
      get<Session[]>(activity ? `${ROUTES.sessions}?activity=true` : ROUTES.sessions),
    startSession: (request: StartRequest, options: LongCall) =>
      follow<SessionAccess>(ROUTES.sessions, request, options),
    access: (name: string) => get<SessionAccess>(fill(ROUTES.access, { name })),
    /** A loopback URL without a token that leads a browser into the session once, within a minute; and whether it signs in. */
    link: (name: string, notebook?: string) =>
      post<{ url: string; signedIn: boolean }>(fill(ROUTES.link, { name }), { notebook }),
    /** User and password, where the session asks for them. */
    credentials: (name: string) => get<SignInCredentials>(fill(ROUTES.credentials, { name })),
    /** With `force`, without a period of grace; with `discard`, without what it holds outside the project and the home folder. */
    stopSession: (name: string, { force = false, discard = false } = {}) =>
      post<StopReport>(fill(ROUTES.stop, { name }), { force, discard }),
    restartSession: (name: string, options: LongCall) =>
      follow<SessionAccess>(fill(ROUTES.restart, { name }), {}, options),
    /** Resolves when the session ends by whatever cause. */
    end: (name: string, signal: AbortSignal) =>
      ask<SessionEnd>({ method: 'GET', path: fill(ROUTES.end, { name }), signal }),
    /** The log as a text stream; with `follow`, until the session ends. */
    async logs(name: string, { follow: goOn, tail, signal }: { follow: boolean; tail?: number; signal?: AbortSignal }) {
      const query = new URLSearchParams({
        follow: String(goOn),
        ...(tail === undefined ? {} : { tail: String(tail) }),
      });
      const answer = await call(paths, { method: 'GET', path: `${fill(ROUTES.logs, { name })}?${query}`, signal });
      return (answer.statusCode ?? 500) < 400 ? answer : readJson<IncomingMessage>(answer);
    },
    /**
     * A command in the session, and the id that {@link resizeShell} and {@link shellExit} take. The stream takes its input, and
     * gives what its terminal shows, or the engine's frames of its stdout and stderr where it has none.
     */
    shell: (name: string, body: ShellOptions) => openShell(paths, fill(ROUTES.shell, { name }), body),
    resizeShell: (id: string, columns: number, rows: number) =>
      ask<void>({ method: 'PUT', path: fill(ROUTES.resizeShell, { id }), body: { columns, rows } }),
    /** Waits for the end of a shell; hanging up ends it. From the first report on, the stream may be ended, as end of the input. */
    shellExit: (id: string, options: LongCall) =>
      follow<{ exitCode: number }>(fill(ROUTES.shellExit, { id }), {}, options),

    images: () => get<ImageSummary[]>(ROUTES.images),
    pullImage: (reference: string, options: LongCall) => follow<ImageSummary>(ROUTES.pullImage, { reference }, options),
    buildImages: (body: { images: ImageName[]; host: HostNetwork; noCache: boolean }, options: LongCall) =>
      follow<ImageSummary[]>(ROUTES.buildImages, body, options),
    /** `olderThanMs`: for how long an environment must not have been used; what the configuration says where it is missing. */
    prune: (body: { remove: boolean; volumes: boolean; caches: boolean; olderThanMs?: number }) =>
      post<PruneReport>(ROUTES.prune, body),

    /** What a project's files ask for at this start; null where there is nothing to agree to. */
    project: (request: StartRequest) => post<ProjectReport | null>(ROUTES.project, request),
    trusted: () => get<string[]>(ROUTES.trust),
    trust: (request: StartRequest, fingerprint: string) =>
      ask<ProjectReport>({ method: 'PUT', path: ROUTES.trust, body: { request, fingerprint } }),
    revokeTrust: (project: string) =>
      ask<{ revoked: boolean }>({ method: 'DELETE', path: `${ROUTES.trust}?${new URLSearchParams({ project })}` }),
    kinds: (project: string) => get<KindSummary[]>(`${ROUTES.kinds}?${new URLSearchParams({ project })}`),
    /** What a project's files say about its environment; builds nothing. */
    environment: (body: EnvironmentRequest) => post<EnvironmentReport>(ROUTES.environment, body),
    /** What is installed in a session beyond what its project's files ask for. */
    installed: (name: string) => get<InstalledReport>(fill(ROUTES.installed, { name })),
    saveInstalled: (name: string, dryRun: boolean) =>
      post<SaveReport>(fill(ROUTES.saveInstalled, { name }), { dryRun }),
    /** An environment as a tar archive, which goes to `write` as it comes. */
    async exportEnvironment(body: EnvironmentRequest, options: LongCall & { write: (data: Buffer) => Promise<void> }) {
      const { signal } = options;
      const answer = await call(paths, { method: 'POST', path: ROUTES.exportEnvironment, body, signal });
      return readResult<ExportReport>(answer, decodeFrames(answer), options);
    },
    /** Takes such an archive in. */
    async importEnvironment({ folder, force }: ImportRequest, archive: Readable, options: LongCall) {
      // A GET first, so that a daemon that is missing or old is started or replaced: the archive can be sent once only.
      await get(ROUTES.hello);
      const query = new URLSearchParams({ force: String(force), ...(folder === undefined ? {} : { folder }) });
      const path = `${ROUTES.importEnvironment}?${query}`;
      const answer = await call(paths, { method: 'POST', path, bytes: archive, signal: options.signal });
      return readResult<ImportReport>(answer, readEvents(answer), options).finally(() => answer.destroy());
    },
    /** Pushes a built environment to a registry. */
    pushEnvironment: (body: PushRequest, options: LongCall) =>
      follow<PushReport>(ROUTES.pushEnvironment, body, options),
    /** Gets one from the registry of the configuration. */
    fetchEnvironment: (body: FetchRequest, options: LongCall) =>
      follow<FetchReport>(ROUTES.fetchEnvironment, body, options),
    config: () => get<ConfigEntry[]>(ROUTES.config),
    configGet: (key: string) => get<ConfigEntry>(fill(ROUTES.configKey, { key })),
    configSet: (key: string, value: string) =>
      ask<ConfigEntry>({ method: 'PUT', path: fill(ROUTES.configKey, { key }), body: { value } }),
    configUnset: (key: string) => ask<ConfigEntry>({ method: 'DELETE', path: fill(ROUTES.configKey, { key }) }),
    doctor: (host: HostNetwork) => post<Finding[]>(ROUTES.doctor, { host }),
  };
}

export type DaemonApi = ReturnType<typeof daemonApi>;

function fill(route: string, parameters: Record<string, string>): string {
  return route.replace(/:(\w+)/g, (_, key: string) => encodeURIComponent(parameters[key] ?? ''));
}

async function* readEvents<Result>(answer: IncomingMessage): AsyncGenerator<Frame<Result>> {
  for await (const line of readLines(answer)) yield { event: JSON.parse(line) as StreamEvent<Result> };
}

async function* readLines(answer: IncomingMessage): AsyncGenerator<string> {
  let rest = '';
  answer.setEncoding('utf8');
  for await (const chunk of answer) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    yield* lines.filter((line) => line !== '');
  }
}

async function openShell(paths: DaemonPaths, path: string, body: unknown): Promise<{ id: string; stream: Duplex }> {
  const { default: http } = await import('node:http');
  // A GET first, so that a daemon that is missing or old is started or replaced, and an unknown name is an error.
  await readJson(await call(paths, { method: 'GET', path }));
  return new Promise((resolve, reject) => {
    const request = http.request({
      socketPath: paths.socket,
      method: 'GET',
      path: `${path}?${new URLSearchParams({ options: JSON.stringify(body) })}`,
      agent: false,
      headers: { host: 'ezj', connection: 'Upgrade', upgrade: 'ezj-terminal' },
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
