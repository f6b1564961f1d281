import { createHash } from 'node:crypto';
import type { Container, ContainerDetails } from '../engine/engine.ts';
import { processIdentity } from '../host/processes.ts';
import { JUPYTER, type ServerContract } from '../notebooks/server-contract.ts';
import { LABEL } from '../protocol/labels.ts';
import type { KindRequest, MountRequest, Session, SessionState, StartRequest } from '../protocol/session.ts';
import { VERSION } from '../protocol/version.ts';
import type { Identity } from './identity.ts';

/** The part of a start request that lasts: what `ezj restart` starts again and a second `ezj` is compared with. */
export interface Settings {
  image?: string;
  imageTag?: string;
  bind?: string;
  port?: number;
  readOnly: boolean;
  mounts: MountRequest[];
  /** Names only; the values are in the container's environment. */
  env: string[];
  cpus?: number;
  memoryBytes?: number;
  shmBytes?: number;
  gpus?: 'all' | number;
  user?: { uid: number; gid: number };
}

/** The lasting part of a request. */
export function settingsOf(request: StartRequest): Settings {
  const { image, imageTag, bind, port, readOnly, mounts, cpus, memoryBytes, shmBytes, gpus, user } = request;
  return {
    image,
    imageTag,
    bind,
    port,
    readOnly,
    mounts,
    env: Object.keys(request.env).sort(),
    cpus,
    memoryBytes,
    shmBytes,
    gpus,
    user,
  };
}

/** The settings of a session's container; none where somebody has spoilt the label. */
export function readSettings({ labels }: Pick<Container, 'labels'>): Settings {
  const none: Settings = { readOnly: false, mounts: [], env: [] };
  try {
    return { ...none, ...(JSON.parse(labels[LABEL.settings] ?? '{}') as Partial<Settings>) };
  } catch {
    return none;
  }
}

/** One project, one kind, one owner: one session. 12 hex digits. */
export function sessionKey({ project, kind }: Pick<KindRequest, 'project' | 'kind'>, owner: string): string {
  return createHash('sha256')
    .update(JSON.stringify([owner, kind, project]))
    .digest('hex')
    .slice(0, 12);
}

/** The labels of a new session's container. */
export function labelsOf(
  request: KindRequest,
  {
    owner,
    name,
    bind,
    port,
    server,
    identity,
    environment,
  }: {
    owner: string;
    name: string;
    bind: string;
    port: number;
    server: ServerContract;
    identity: Identity;
    /** Hash of what the project's files ask for; empty: nothing, or it is left aside. */
    environment: string;
  },
): Record<string, string> {
  return {
    [LABEL.owner]: owner,
    [LABEL.session]: name,
    [LABEL.key]: sessionKey(request, owner),
    [LABEL.project]: request.project,
    [LABEL.kind]: request.kind,
    [LABEL.bind]: bind,
    [LABEL.port]: String(port),
    [LABEL.server]: JSON.stringify(server),
    [LABEL.user]: `${identity.uid}:${identity.gid}`,
    [LABEL.settings]: JSON.stringify(settingsOf(request)),
    // Its image's own, otherwise.
    [LABEL.environment]: environment,
    [LABEL.version]: VERSION,
    [LABEL.daemon]: processIdentity(process.pid) ?? '',
  };
}

/** How the server of a session's container is reached; as Jupyter's on its usual port where somebody has spoilt the label. */
export function readServer({ labels }: Pick<Container, 'labels'>): ServerContract {
  const usual: ServerContract = { ...JUPYTER, port: 8888 };
  try {
    const own = labels[LABEL.server];
    if (own === undefined) return usual;
    // What its kind leaves out it does not have.
    const leftOut = { fileUrl: undefined, activity: undefined, ownToken: undefined };
    return { ...usual, ...leftOut, ...(JSON.parse(own) as Partial<ServerContract>) };
  } catch {
    return usual;
  }
}

/** What each state of a container means for its session. */
const STATES: Record<Container['state'], SessionState> = {
  created: 'starting',
  running: 'running',
  restarting: 'running',
  paused: 'paused',
  removing: 'stopped',
  exited: 'stopped',
  dead: 'stopped',
};

/** A session as its container's labels tell it. */
export function sessionOf(container: Container | ContainerDetails): Session {
  const { labels } = container;
  const state = STATES[container.state];
  const ended = state === 'stopped' && 'exitCode' in container;
  return {
    name: labels[LABEL.session] ?? '',
    state,
    kind: labels[LABEL.kind] ?? '',
    project: labels[LABEL.project] ?? '',
    image: container.image,
    bind: labels[LABEL.bind] ?? '127.0.0.1',
    port: Number(labels[LABEL.port]),
    container: container.id,
    created: wholeSecond(container.created),
    exit: ended ? { code: container.exitCode, outOfMemory: container.outOfMemory } : undefined,
    readOnly: readSettings(container).readOnly,
  };
}

/** A list of containers tells whole seconds only: a session must not change with the call that it was read by. */
function wholeSecond(time: string): string {
  return new Date(Math.floor(Date.parse(time) / 1000) * 1000).toISOString();
}

/**
 * What a new request asks for that a running session does not have, each as the option that was typed and what there is
 * instead, whether it was asked for or chosen by ezj. Only what the user named counts, and what the project's files ask for:
 * `environment` is their hash.
 */
export function differences(asked: StartRequest, container: ContainerDetails, environment?: string): string[] {
  const running = readSettings(container);
  const { name, image, bind, port } = sessionOf(container);
  const scalars = [
    ['--image', asked.image, asked.image === image ? image : (running.image ?? image)],
    ['--r-version', asked.imageTag, running.imageTag ?? image],
    ['--bind', asked.bind, bind],
    ['--port', asked.port, port],
    ['--cpus', asked.cpus, running.cpus],
    ['--memory', sizeText(asked.memoryBytes), sizeText(running.memoryBytes)],
    ['--shm-size', sizeText(asked.shmBytes), sizeText(running.shmBytes) ?? 'the default'],
    ['--gpus', asked.gpus, running.gpus],
    ['--name', asked.name, name],
  ] as const;
  const differing = scalars
    .filter(([, wanted, has]) => wanted !== undefined && wanted !== has)
    .map(([option, wanted, has]) => `${option} ${wanted} (it has ${has ?? 'none'})`);
  if (asked.readOnly && !running.readOnly) differing.push('--ro (it is writable)');
  if (asked.refresh === 'always') differing.push('--update (it keeps its image)');
  const built = container.labels[LABEL.environment];
  if (environment !== undefined && built !== undefined && built !== environment)
    differing.push(
      `the environment of the project (${built === '' ? 'it was started without one' : 'the files have changed since it was started'})`,
    );
  if (asked.noEnv && built) differing.push('--no-env (it has the environment of the project)');
  const mounted = new Set(running.mounts.map(mountKey));
  for (const mount of asked.mounts) {
    if (!mounted.has(mountKey(mount))) differing.push(`--mount ${mount.source}:${mount.target}`);
  }
  for (const [name, value] of Object.entries(asked.env)) {
    if (!running.env.includes(name) || container.env[name] !== value) differing.push(`--env ${name}`);
  }
  return differing;
}

function mountKey({ source, target, readOnly }: MountRequest): string {
  return JSON.stringify([source, target, readOnly]);
}

function sizeText(bytes: number | undefined): string | undefined {
  if (bytes === undefined) return undefined;
  return bytes % 1024 ** 3 === 0 ? `${bytes / 1024 ** 3}g` : `${Math.round(bytes / 1024 ** 2)}m`;
}
