import type { ExportReport, ImportReport, ImportRequest } from './archive.ts';
import type { ConfigEntry, Hello } from './daemon.ts';
import type { EnvironmentReport, EnvironmentRequest, InstalledReport, SaveReport } from './environment.ts';
import type { BuildRequest, Finding, ImageSummary, PruneReport, PruneRequest } from './image.ts';
import type { KindSummary, ProjectReport, TrustRequest } from './project.ts';
import type {
  HostNetwork,
  LinkReport,
  LogQuery,
  Session,
  SessionAccess,
  SessionEnd,
  ShellSize,
  SignInCredentials,
  StartRequest,
  StopReport,
  StopRequest,
} from './session.ts';
import type { FetchReport, FetchRequest, PushReport, PushRequest } from './sharing.ts';

/**
 * Every route of the daemon: its input (`query`, a JSON `body`, or the bytes of an `upload`) and its answer. A route
 * answers in one of these ways:
 *
 * - `answer`: one JSON value.
 * - `result`: NDJSON events of a long call (`events.ts`), the last of which holds the result or an error.
 * - `bytes`: frames (`frames.ts`) of such events and of bytes between them; the last event holds the result.
 * - `text`: a stream of plain text.
 *
 * The daemon serves by these types (`daemon/routes/router.ts`) and the client calls by them (`client/client.ts`).
 */
export interface Contract {
  'GET /v1/hello': { answer: Hello };
  'POST /v1/daemon/stop': { answer: Record<string, never> };

  'GET /v1/sessions': { query: { activity?: boolean }; answer: Session[] };
  'POST /v1/sessions': { body: StartRequest; result: SessionAccess };
  'GET /v1/sessions/:name/access': { answer: SessionAccess };
  'POST /v1/sessions/:name/link': { body: { notebook?: string }; answer: LinkReport };
  'GET /v1/sessions/:name/credentials': { answer: SignInCredentials };
  'POST /v1/sessions/:name/stop': { body: StopRequest; answer: StopReport };
  'POST /v1/sessions/:name/restart': { result: SessionAccess };
  'GET /v1/sessions/:name/end': { answer: SessionEnd };
  'GET /v1/sessions/:name/logs': { query: LogQuery; text: true };
  'GET /v1/sessions/:name/installed': { answer: InstalledReport };
  'POST /v1/sessions/:name/installed/save': { body: { dryRun: boolean }; answer: SaveReport };

  /** Checks that the session exists. The same path with the upgrade `ezj-terminal` opens the shell. */
  'GET /v1/sessions/:name/shell': { answer: Session };
  'PUT /v1/shells/:id/size': { body: ShellSize; answer: Record<string, never> };
  'POST /v1/shells/:id/exit': { result: { exitCode: number } };

  'GET /v1/images': { answer: ImageSummary[] };
  'POST /v1/images/pull': { body: { reference: string }; result: ImageSummary };
  'POST /v1/images/build': { body: BuildRequest; result: ImageSummary[] };
  'POST /v1/prune': { body: PruneRequest; answer: PruneReport };

  /** Null if the folder has no project file and needs no permission. A POST, because the request is its body. */
  'POST /v1/project': { body: StartRequest; answer: ProjectReport | null };
  'GET /v1/trust': { answer: string[] };
  'PUT /v1/trust': { body: TrustRequest; answer: ProjectReport };
  'DELETE /v1/trust': { query: { project: string }; answer: { revoked: boolean } };
  'GET /v1/kinds': { query: { project: string }; answer: KindSummary[] };

  'POST /v1/environment': { body: EnvironmentRequest; answer: EnvironmentReport };
  'POST /v1/environment/export': { body: EnvironmentRequest; bytes: ExportReport };
  'POST /v1/environment/import': { query: ImportRequest; upload: true; result: ImportReport };
  'POST /v1/environment/push': { body: PushRequest; result: PushReport };
  'POST /v1/environment/pull': { body: FetchRequest; result: FetchReport };

  'GET /v1/config': { answer: ConfigEntry[] };
  'GET /v1/config/:key': { answer: ConfigEntry };
  'PUT /v1/config/:key': { body: { value: string }; answer: ConfigEntry };
  'DELETE /v1/config/:key': { answer: ConfigEntry };

  'POST /v1/doctor': { body: { host: HostNetwork }; answer: Finding[] };
}

/** A route: its method and path, with parameters as hono spells them. */
export type Route = keyof Contract;

/** The routes with one kind of answer. */
export type RouteWith<Way extends 'answer' | 'result' | 'bytes' | 'text'> = {
  [R in Route]: Contract[R] extends Record<Way, unknown> ? R : never;
}[Route];

/** The result type of a route. */
export type AnswerOf<R extends Route> = Contract[R] extends { answer: infer Answer }
  ? Answer
  : Contract[R] extends { result: infer Result }
    ? Result
    : Contract[R] extends { bytes: infer Result }
      ? Result
      : never;

/** The input of a route besides the parameters in its path; `never` for none. */
export type BodyOf<R extends Route> = Contract[R] extends { body: infer Body } ? Body : never;
export type QueryOf<R extends Route> = Contract[R] extends { query: infer Query } ? Query : never;

/** The names of the parameters in a route's path. */
export type ParameterOf<R extends string> = R extends `${string}:${infer Name}/${infer Rest}`
  ? Name | ParameterOf<Rest>
  : R extends `${string}:${infer Name}`
    ? Name
    : never;

/** The parts of a route that its types require, and no others. */
export type PartsOf<R extends Route> = Part<
  'params',
  [ParameterOf<R>] extends [never] ? never : Record<ParameterOf<R>, string>
> &
  Part<'query', QueryOf<R>> &
  Part<'body', BodyOf<R>>;

type Part<Name extends string, Type> = [Type] extends [never] ? unknown : Record<Name, Type>;

/** The path of a route. */
export type PathOf<R extends Route> = R extends `${string} ${infer Path}` ? Path : never;
