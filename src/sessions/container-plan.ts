import path from 'node:path';
import type { Config } from '../config/keys.ts';
import type { ContainerFile, ContainerSpec, EngineInfo, Image } from '../engine/engine.ts';
import { type Family, familyOf } from '../notebooks/families.ts';
import { KINDS, type Kind } from '../notebooks/kinds.ts';
import { LABEL } from '../protocol/labels.ts';
import type { StartRequest } from '../protocol/session.ts';
import { parseSize } from '../protocol/sizes.ts';
import { type Identity, identityOf } from './identity.ts';
import { labelsOf, sessionKey } from './labels.ts';
import { slug } from './names.ts';

/** Root in a container may do to files what root does, and nothing else; another user needs no capability at all. */
const ROOT_CAPABILITIES = ['CHOWN', 'DAC_OVERRIDE', 'FOWNER'];

/** Environment variable that Jupyter reads its login token from. */
export const TOKEN_VARIABLE = 'JUPYTER_TOKEN';

/** All that is known of a container before a name and a port are chosen for it. */
export interface ContainerPlan {
  request: StartRequest;
  owner: string;
  key: string;
  identity: Identity;
  family: Family;
  containerPort: number;
  /** The project folder in the container. */
  workdir: string;
  homeVolume: string;
  /** Files to put into the container before its start. */
  files: ContainerFile[];
  bind: string;
  spec: Omit<ContainerSpec, 'labels' | 'publish'>;
}

/** Lays out the container of a session: mounts, environment, limits, and the least privilege that it can run with. */
export function planContainer(
  request: StartRequest,
  {
    image,
    engine,
    config,
    owner,
    token,
    certificates,
  }: {
    image: Image;
    engine: EngineInfo;
    config: Config;
    owner: string;
    token: string;
    certificates: { files: ContainerFile[]; env: Record<string, string> };
  },
): ContainerPlan {
  const key = sessionKey(request, owner);
  const family = familyOf(image);
  const identity = identityOf(request, engine);
  const folder = path.basename(request.project) || 'root';
  const workdir = `/work/${folder}`;
  const layout = { kind: KINDS[request.kind], image, workdir, asRoot: identity.uid === 0 };
  const homeVolume = `ezj-home-${slug(folder)}-${key}`;
  const volumeLabels = {
    [LABEL.owner]: owner,
    [LABEL.home]: 'true',
    [LABEL.key]: key,
    [LABEL.project]: request.project,
    [LABEL.kind]: request.kind,
  };
  return {
    request,
    owner,
    key,
    identity,
    family,
    containerPort: family.port(image),
    workdir,
    homeVolume,
    files: [...homeFolders(family, layout.kind, identity), ...certificates.files],
    bind: request.bind ?? config.bind,
    spec: {
      name: `ezj-${slug(folder)}-${key}`,
      image: image.tags[0] ?? image.id,
      entrypoint: family.entrypoint?.(layout),
      cmd: family.cmd?.(layout),
      user: `${identity.uid}:${identity.gid}`,
      groups: family.groups,
      workdir,
      hostname: slug(folder),
      env: {
        ...family.env?.(layout),
        ...request.host.proxy,
        ...certificates.env,
        HOME: family.home,
        [TOKEN_VARIABLE]: token,
        ...request.env,
      },
      mounts: [
        { type: 'volume', name: homeVolume, target: family.home, labels: volumeLabels },
        { type: 'bind', source: request.project, target: workdir, readOnly: request.readOnly },
        ...request.mounts.map((mount) => ({ type: 'bind' as const, ...mount })),
      ],
      capabilities: identity.uid === 0 ? ROOT_CAPABILITIES : [],
      init: true,
      noNewPrivileges: true,
      selinuxDisabled: engine.selinux,
      pidsLimit: config['limits.pids'],
      shmBytes: request.shmBytes ?? parseSize(config['limits.shm']) ?? 0,
      cpus: request.cpus,
      memoryBytes: request.memoryBytes,
      gpus: request.gpus,
    },
  };
}

/** The plan with a name and a port: what the engine is asked to create. */
export function specOf(
  { spec, request, owner, bind, containerPort }: ContainerPlan,
  { name, port }: { name: string; port: number },
): ContainerSpec {
  return {
    ...spec,
    labels: labelsOf(request, { owner, name, bind, port, containerPort }),
    publish: { containerPort, address: bind, port },
  };
}

/** The home folder, where the image's own is not for this user, and the folders in it that must be there. */
function homeFolders(family: Family, kind: Kind, identity: Identity): ContainerFile[] {
  const folders = [...(family.knows(identity.uid) ? [] : ['']), ...family.folders(kind)];
  return folders.map((folder) => ({ path: path.posix.join(family.home, folder), mode: 0o755, ...identity }));
}
