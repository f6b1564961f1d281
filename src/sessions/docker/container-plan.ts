import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { type Config, memoryLimitOf } from '../../config/keys.ts';
import type { ContainerFile, ContainerSpec, EngineInfo, Image, PublishedPort } from '../../engine/engine.ts';
import type { ContainerContext, ImageProfile } from '../../notebooks/image-profile.ts';
import { profileFor } from '../../notebooks/image-profiles.ts';
import { accessConfig, hasAccessOptions } from '../../notebooks/jupyter-access.ts';
import type { Kind } from '../../notebooks/kind.ts';
import { contractOf, workdirOf } from '../../notebooks/kinds.ts';
import { fill, type ServerContract } from '../../notebooks/server-contract.ts';
import { isLoopback } from '../../protocol/addresses.ts';
import { EzjError } from '../../protocol/errors.ts';
import { isWithin } from '../../protocol/folders.ts';
import { LABEL } from '../../protocol/labels.ts';
import { slug } from '../../protocol/names.ts';
import type { KindRequest } from '../../protocol/session.ts';
import { parseSize } from '../../protocol/sizes.ts';
import { hostnameOf } from '../hostnames.ts';
import { sessionKey } from '../key.ts';
import type { Identity } from '../runtime.ts';
import { identityOf } from './identity.ts';
import { labelsOf } from './labels.ts';

/** Capabilities for a session that runs as root: only those for access to files. Other users need no capabilities. */
const ROOT_CAPABILITIES = ['CHOWN', 'DAC_OVERRIDE', 'FOWNER'];

/** The description of a container before it has a name and a port. */
export interface ContainerPlan {
  request: KindRequest;
  owner: string;
  key: string;
  identity: Identity;
  profile: ImageProfile;
  containerContext: ContainerContext;
  server: ServerContract;
  home: string;
  homeVolume: string;
  /** The label for a volume that this start creates. An existing volume keeps its labels. */
  start: string;
  /** Files to add to the container before its start. */
  files: ContainerFile[];
  bind: string;
  /** Hash of the environment of the project; empty if there is none, or if it is ignored. */
  environment: string;
  /** The ID of the engine, for the seal of the labels. */
  engineId: string;
  spec: Omit<ContainerSpec, 'labels' | 'publish' | 'forward'>;
}

/** Plans the container of a session: mounts, environment, limits, and the least privilege that it can run with. */
export function planContainer(
  request: KindRequest,
  {
    kind,
    image,
    engine,
    config,
    owner,
    token,
    certificates,
    ofProject,
    environment = '',
  }: {
    kind: Kind;
    image: Image;
    engine: EngineInfo;
    config: Config;
    owner: string;
    token: string;
    certificates: { files: ContainerFile[]; env: Record<string, string> };
    /** Whether files of the project name or make the image. */
    ofProject?: boolean;
    environment?: string;
  },
): ContainerPlan {
  const key = sessionKey(request, owner);
  const profile = profileFor(kind, image);
  const identity = identityOf(request, engine);
  const folder = path.basename(request.project) || 'root';
  const workdir = workdirOf(kind, request.project);
  const bind = request.bind ?? config.bind;
  const hostname = hostnameOf(request.project, key);
  const containerContext: ContainerContext = {
    kind,
    image,
    project: request.project,
    file: request.notebook,
    workdir,
    identity,
    ofProject,
    // Other machines address the session by names that only the user knows.
    access: { hostnames: isLoopback(bind) ? [hostname, 'localhost'] : 'any' },
  };
  const home = profile.home(containerContext);
  const server = contractOf(kind, containerContext);
  refuseHiding(request, [workdir, home]);
  if (profile.init) refuseBelowHome(request, { workdir, home });
  const cmd = kind.command?.map((word) => fill(word, { hostname })) ?? profile.cmd?.(containerContext);
  const env = { ...filledEnv(kind, hostname), [server.secret]: token, ...request.env };
  const jupyter = guardJupyter(cmd, { ...image.config.env, ...env }, { profile, containerContext });
  const start = randomBytes(8).toString('hex');
  const homeVolume = `ezj-home-${slug(folder)}-${key}`;
  const volumeLabels = {
    [LABEL.owner]: owner,
    [LABEL.home]: 'true',
    [LABEL.start]: start,
    [LABEL.key]: key,
    [LABEL.project]: request.project,
    [LABEL.kind]: request.kind,
  };
  return {
    request,
    owner,
    key,
    identity,
    profile,
    containerContext,
    server,
    home,
    homeVolume,
    start,
    files: [...homeFolders(profile, containerContext, home), ...certificates.files, ...jupyter.files],
    bind,
    environment,
    engineId: engine.id,
    spec: {
      name: `ezj-${slug(folder)}-${key}`,
      image: image.tags[0] ?? image.id,
      entrypoint: profile.entrypoint?.(containerContext),
      cmd,
      user: profile.init ? undefined : `${identity.uid}:${identity.gid}`,
      groups: profile.groups,
      workdir,
      hostname: slug(folder),
      env: {
        ...profile.env?.(containerContext),
        ...request.host.proxy,
        ...certificates.env,
        // Not for an init that creates the user: the home folder does not exist yet, and root starts the init.
        ...(profile.init ? {} : { HOME: home }),
        ...env,
        ...jupyter.env,
        ...profile.init?.env(containerContext),
      },
      mounts: [
        { type: 'volume', name: homeVolume, target: home, labels: volumeLabels },
        { type: 'bind', source: request.project, target: workdir, readOnly: request.readOnly },
        ...request.mounts.map((mount) => ({ type: 'bind' as const, ...mount })),
      ],
      capabilities: profile.init?.capabilities ?? (identity.uid === 0 ? ROOT_CAPABILITIES : []),
      init: profile.init === undefined,
      noNewPrivileges: true,
      selinuxDisabled: engine.selinux,
      pidsLimit: config['limits.pids'],
      shmBytes: request.shmBytes ?? parseSize(config['limits.shm']) ?? 0,
      cpus: request.cpus,
      memoryBytes: request.memoryBytes ?? defaultMemory(config, engine),
      gpus: request.gpus,
    },
  };
}

/** The variables of a kind, with the own hostname of the session for a server that checks the `Host` of requests. */
function filledEnv({ env }: Kind, hostname: string): Record<string, string> {
  return Object.fromEntries(Object.entries(env).map(([name, value]) => [name, fill(value, { hostname })]));
}

/**
 * What protects a Jupyter server whose command does not: the command belongs to the image or the kind. Other servers
 * ignore it.
 */
function guardJupyter(
  cmd: string[] | undefined,
  env: Record<string, string>,
  { profile, containerContext }: { profile: ImageProfile; containerContext: ContainerContext },
): ReturnType<typeof accessConfig> {
  if (profile.init || hasAccessOptions(cmd)) return { env: {}, files: [] };
  return accessConfig(containerContext.access, env);
}

/** The machine must stay alive, whatever runs in a session. Rootless Podman often may not limit memory, and fails. */
function defaultMemory(config: Config, { product, rootless, memoryBytes }: EngineInfo): number | undefined {
  return product === 'podman' && rootless ? undefined : memoryLimitOf(config, memoryBytes);
}

/** Refuses a mount that would hide the project or the home folder. */
function refuseHiding({ mounts }: KindRequest, folders: string[]): void {
  for (const { source, target } of mounts) {
    const hidden = folders.find((folder) => isWithin(folder, target));
    if (hidden) throw badTarget(source, target, `it would hide ${hidden}`);
  }
}

/** Refuses mounts in the home folder, because an init that creates the user changes the owner of everything in it. */
function refuseBelowHome({ project, mounts }: KindRequest, { workdir, home }: { workdir: string; home: string }): void {
  for (const { source, target } of [...mounts, { source: project, target: workdir }]) {
    if (isWithin(target, home))
      throw badTarget(source, target, `the image changes the owner of everything below ${home}`);
  }
}

function badTarget(source: string, target: string, why: string): EzjError {
  return new EzjError({
    code: 'usage',
    message: `${source} cannot be mounted at ${target}: ${why}.`,
    hint: 'Choose another target, such as /mnt/NAME.',
  });
}

/** Completes the plan with a name and a port, for the engine. */
export function specOf(
  { spec, request, owner, bind, server, identity, environment, engineId }: ContainerPlan,
  { name, port, forward = [] }: { name: string; port: number; forward?: PublishedPort[] },
): ContainerSpec {
  return {
    ...spec,
    labels: labelsOf(request, { owner, name, bind, port, server, identity, environment, engineId }),
    publish: { containerPort: server.port, address: bind, port },
    forward,
  };
}

/** The home folder, if the image has none for this user, and the folders that must exist in it. */
function homeFolders(profile: ImageProfile, containerContext: ContainerContext, home: string): ContainerFile[] {
  const { identity } = containerContext;
  const folders = [...(profile.knows(identity.uid) ? [] : ['']), ...profile.folders(containerContext)];
  return folders.map((folder) => ({ path: path.posix.join(home, folder), mode: 0o755, ...identity }));
}
