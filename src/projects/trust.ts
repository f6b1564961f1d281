import type { Config } from '../config/keys.ts';
import { type Environment, environmentOf } from '../environments/environment.ts';
import type { Kind } from '../notebooks/kind.ts';
import { findKind } from '../notebooks/kinds.ts';
import { isLoopback } from '../protocol/addresses.ts';
import { EzjError } from '../protocol/errors.ts';
import type { ProjectReport, TrustRequest } from '../protocol/project.ts';
import type { StartRequest } from '../protocol/session.ts';
import { shellQuote } from '../protocol/shell-word.ts';
import type { ProjectSettings } from './project-file.ts';
import { completeRequest, type ProjectRequest } from './project-request.ts';
import type { TrustStore } from './trust-store.ts';

/** Below it, ports are kept for the system's own services. */
const FIRST_FREE_PORT = 1024;

/** What trust is decided with. */
interface TrustContext {
  config: Config;
  trust: TrustStore;
}

/**
 * A request completed by the project's files, to which the user has agreed where they need permissions beyond the folder or run code.
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
 * The permissions that a start needs, and whether the user has granted them. Null where the folder has no file of its own and needs none.
 * @throws what {@link requireTrust} throws, `project-untrusted` excepted
 */
export async function reportPermissions(
  asked: StartRequest,
  { config, trust }: TrustContext,
): Promise<ProjectReport | null> {
  const project = await completeRequest(asked, config.kinds);
  const { file, devcontainer, code, fingerprint } = project;
  const permissions = permissionsOf(project);
  if (!file && permissions.length === 0) return null;
  const trusted = permissions.length === 0 || isTrusted(project, trust);
  const asking = file && code.length === 0 && !devcontainer ? file.path : asked.project;
  return { file: asking, fingerprint, permissions, trusted, passEnv: file?.settings.passEnv ?? [] };
}

/**
 * Grants what {@link reportPermissions} has shown: the fingerprint tells whether it is still the same.
 * @throws `project-untrusted` where it has changed since
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
  // Who agrees to all of it agrees to less.
  const less = await completeRequest({ ...request, noEnv: true }, config.kinds);
  trust.trust(project, less.fingerprint);
  return { ...shown, trusted: true };
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
 * What a project asks the user to agree to, each as a line: what its own file asks for beyond the folder, and which code of its
 * own is run.
 * @throws `kind-unknown`; `project-file-invalid` where the file sets the secret of a session
 */
export function permissionsOf(project: ProjectRequest): string[] {
  const { file, devcontainer, code } = project;
  return [...(file || devcontainer ? reachOfSettings(project) : []), ...code.map(({ what }) => what)];
}

/** Every mount reaches beyond the folder: a session could put a link in the place of a folder of the project. */
function reachOfSettings(project: ProjectRequest): string[] {
  const { request, kinds, file, devcontainer } = project;
  const kind = findKind(request.kind, kinds);
  refuseSecret(project, kind);
  const settings: Partial<ProjectSettings> = file?.settings ?? {};
  const { passEnv = [], bind, port, gpus = devcontainer?.gpus } = settings;
  const asRoot = kind.ownership === 'rocker';
  const image = imageOfFile(project, kind);
  const names = Object.keys({ ...devcontainer?.env, ...settings.env });
  return [
    ...(image ? [`runs ${image}${asRoot ? ', starting as root' : ''}, with the network and your proxy settings`] : []),
    ...(image && kind.signIn === 'none' ? [`opens ${kind.title} to everybody on this machine, without a sign-in`] : []),
    ...mountsOfFile(project).map(
      ({ source, target, readOnly }) => `mounts ${source} at ${target}, ${readOnly ? 'read-only' : 'writable'}`,
    ),
    ...(asRoot && names.length > 0 ? [`sets ${names.join(', ')} in a container that starts as root`] : []),
    ...passEnv.map((name) => `passes your variable ${name} to the session`),
    ...(bind !== undefined && !isLoopback(bind) ? [`listens on ${bind}, which other machines can reach`] : []),
    ...(port !== undefined && port < FIRST_FREE_PORT ? [`takes port ${port}`] : []),
    ...(gpus === undefined ? [] : [`uses ${gpus === 'all' ? 'all GPUs' : `${gpus} of your GPUs`}`]),
  ];
}

/** The image, where it is the file that names it or the kind that does. */
function imageOfFile({ asked, request, file }: ProjectRequest, kind: Kind): string | undefined {
  if (asked.image !== undefined) return undefined;
  if (request.image !== undefined) return request.image;
  return file && kind.name in file.settings.kinds && 'reference' in kind.image ? kind.image.reference : undefined;
}

function mountsOfFile({ asked, request }: ProjectRequest) {
  return request.mounts.filter((mount) => !asked.mounts.includes(mount));
}

/** ezj makes it anew for each session: one that is known beforehand lets others in. */
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

/** The error of a project whose files ask for what the user has not agreed to. */
function untrusted(project: string, permissions: string[]): EzjError {
  return new EzjError({
    code: 'project-untrusted',
    message: `${project} needs permissions that you have not granted.`,
    details: permissions,
    hint: `To grant them: ezj trust ${shellQuote(project)}`,
  });
}
