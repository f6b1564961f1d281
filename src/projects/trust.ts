import type { Config } from '../config/keys.ts';
import { type Environment, environmentOf } from '../environments/environment.ts';
import type { Kind } from '../notebooks/kind.ts';
import { findKind } from '../notebooks/kinds.ts';
import { isLoopback } from '../protocol/addresses.ts';
import { EzjError } from '../protocol/errors.ts';
import { plainText } from '../protocol/plain-text.ts';
import type { ProjectReport, TrustRequest } from '../protocol/project.ts';
import { proxiesWithPassword } from '../protocol/proxies.ts';
import type { StartRequest } from '../protocol/session.ts';
import { shellQuote } from '../protocol/shell-word.ts';
import type { ProjectSettings } from './project-file.ts';
import { completeRequest, type ProjectRequest } from './project-request.ts';
import type { TrustStore } from './trust-store.ts';

/** What a trust decision needs. */
interface TrustContext {
  config: Config;
  trust: TrustStore;
}

/**
 * Completes a request with the files of the project. The user must have granted the permissions that it needs.
 * @throws `project-file-invalid`, `environment-invalid`, `mount-missing`, `kind-unknown`, `project-untrusted`
 */
export async function requireTrust(
  asked: StartRequest,
  { config, trust }: TrustContext,
): Promise<ProjectRequest & { environment?: Environment }> {
  const project = await completeRequest(asked, config.kinds);
  const permissions = permissionsOf(project);
  if (permissions.length > 0 && !isTrusted(project, trust)) throw untrusted(asked.project, permissions);
  const { plan, devcontainer } = project;
  return { ...project, environment: plan && (await environmentOf(asked.project, plan, devcontainer)) };
}

/**
 * Reports the permissions that a start needs, and whether the user has granted them. Null if the folder has no
 * `ezj.yaml` and needs no permissions.
 * @throws the errors of {@link requireTrust}, except `project-untrusted`
 */
export async function reportPermissions(
  asked: StartRequest,
  { config, trust }: TrustContext,
): Promise<ProjectReport | null> {
  const project = await completeRequest(asked, config.kinds);
  const { file, devcontainer, code, proxies, fingerprint } = project;
  const permissions = permissionsOf(project);
  if (!file && permissions.length === 0) return null;
  const trusted = permissions.length === 0 || isTrusted(project, trust);
  const isFile = file && code.length === 0 && proxies.length === 0 && !devcontainer;
  const asking = isFile ? file.path : asked.project;
  return { file: asking, fingerprint, permissions, trusted, passEnv: file?.settings.passEnv ?? [] };
}

/**
 * Grants the permissions that {@link reportPermissions} has shown. The fingerprint proves that they are the same.
 * @throws `project-untrusted` if they have changed since
 */
export async function grantPermissions(
  { request, fingerprint }: TrustRequest,
  context: TrustContext,
): Promise<ProjectReport> {
  const { config, trust } = context;
  const { project } = request;
  const shown = await reportPermissions(request, context);
  if (shown?.fingerprint !== fingerprint) throw changedSinceShown(project);
  trust.trust(project, fingerprint);
  // Consent to all permissions includes consent to fewer.
  for (const fewer of fewerPermissions(request)) {
    trust.trust(project, (await completeRequest(fewer, config.kinds)).fingerprint);
  }
  return { ...shown, trusted: true };
}

/** The same start without the environment, and from a network without the proxy. */
function fewerPermissions(request: StartRequest): StartRequest[] {
  const noEnv = { ...request, noEnv: true };
  if (proxiesWithPassword(request.host.proxy).length === 0) return [noEnv];
  const host = { ...request.host, proxy: {} };
  return [noEnv, { ...request, host }, { ...noEnv, host }];
}

function changedSinceShown(project: string): EzjError {
  return new EzjError({
    code: 'project-untrusted',
    message: `The permissions that ${project} needs, or the files behind them, have changed since they were shown.`,
    hint: 'Run the command again to see them.',
  });
}

function isTrusted({ request, fingerprint }: ProjectRequest, trust: TrustStore): boolean {
  return trust.isTrusted(request.project, fingerprint);
}

/**
 * Lists the permissions that a project needs, one plain line each: access beyond the folder, passwords of proxies, and
 * code of the project that runs.
 * @throws `kind-unknown`; `project-file-invalid` if the file sets the secret of a session
 */
export function permissionsOf(project: ProjectRequest): string[] {
  const { file, devcontainer, code, proxies } = project;
  const lines = [
    ...(file || devcontainer ? reachOfSettings(project) : []),
    ...proxies.map((address) => `gets the user and password of your proxy ${address}`),
    ...code.map(({ what }) => what),
  ];
  return lines.map((line) => plainText(line));
}

/** Every mount counts, because a session could replace a folder of the project with a link. */
function reachOfSettings(project: ProjectRequest): string[] {
  const { request, kinds, file, devcontainer } = project;
  const kind = findKind(request.kind, kinds);
  refuseSecret(project, kind);
  const settings: Partial<ProjectSettings> = file?.settings ?? {};
  const { passEnv = [], bind, gpus = devcontainer?.gpus } = settings;
  const asRoot = kind.ownership === 'rocker';
  const image = imageOfFile(project, kind);
  const names = Object.keys({ ...devcontainer?.env, ...settings.env });
  return [
    ...(image ? [`runs ${image}${asRoot ? ', starting as root' : ''}, with the network and your proxy settings`] : []),
    ...(image && kind.signIn === 'none' ? [`opens ${kind.title} to everybody on this machine, without a sign-in`] : []),
    ...mountsOfFile(project).map(
      ({ source, target, readOnly }) =>
        `mounts ${shellQuote(source)} at ${shellQuote(target)}, ${readOnly ? 'read-only' : 'writable'}`,
    ),
    ...(asRoot && names.length > 0 ? [`sets ${names.join(', ')} in a container that starts as root`] : []),
    ...passEnv.map((name) => `passes your variable ${name} to the session`),
    ...(bind !== undefined && !isLoopback(bind) ? [`listens on ${bind}, which other machines can reach`] : []),
    ...addressOfFile(project),
    ...(gpus === undefined ? [] : [`uses ${gpus === 'all' ? 'all GPUs' : `${gpus} of your GPUs`}`]),
  ];
}

/** A name or a port that `ezj.yaml` chooses could be that of another project, whose bookmarks would then open this one. */
function addressOfFile({ asked, request: { name, port } }: ProjectRequest): string[] {
  return [
    ...(name !== undefined && asked.name === undefined ? [`takes the name ${name}`] : []),
    ...(port !== undefined && asked.port === undefined ? [`takes port ${port}`] : []),
  ];
}

/** The image, if `ezj.yaml` or a kind in it names it. */
function imageOfFile({ asked, request, file }: ProjectRequest, kind: Kind): string | undefined {
  if (asked.image !== undefined) return undefined;
  if (request.image !== undefined) return request.image;
  return file && kind.name in file.settings.kinds && 'reference' in kind.image ? kind.image.reference : undefined;
}

function mountsOfFile({ asked, request }: ProjectRequest) {
  return request.mounts.filter((mount) => !asked.mounts.includes(mount));
}

/**
 * Refuses a secret from the project: ezj creates a new one for each session, and anyone who knows it beforehand could
 * get in.
 */
function refuseSecret({ file, devcontainer }: ProjectRequest, { secret }: Kind): void {
  const { env = {}, passEnv = [] }: Partial<ProjectSettings> = file?.settings ?? {};
  const path = secret in env || passEnv.includes(secret) ? file?.path : undefined;
  const by = path ?? (devcontainer && secret in devcontainer.env ? devcontainer.file.path : undefined);
  if (by === undefined) return;
  throw new EzjError({
    code: 'project-file-invalid',
    message: `${by}: ${secret} cannot be set here: ezj puts the session's secret there`,
    hint: 'Remove it.',
  });
}

/** The error for a project with permissions that the user has not granted. */
function untrusted(project: string, permissions: string[]): EzjError {
  return new EzjError({
    code: 'project-untrusted',
    message: `${plainText(project)} needs permissions that you have not granted.`,
    details: permissions,
    hint: `To grant them: ezj trust ${shellQuote(project)}`,
  });
}
