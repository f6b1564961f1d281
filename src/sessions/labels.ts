import { createHash } from 'node:crypto';
import type { Container, ContainerDetails } from '../engine/engine.ts';
import { processIdentity } from '../host/processes.ts';
import { JUPYTER, type ServerContract } from '../notebooks/server-contract.ts';
import { LABEL } from '../protocol/labels.ts';
import type { KindRequest, MountRequest, Session, SessionState, StartRequest } from '../protocol/session.ts';
import { VERSION } from '../protocol/version.ts';
import type { Identity } from './identity.ts';

/** Extracts the lasting part of a request. */
export interface Settings {
  image?: string;
  imageTag?: string;
  bind?: string;
  port?: number;
  readOnly: boolean;
  mounts: MountRequest[];
  /** Only names; the container holds the values. */
  env: string[];
  cpus?: number;
  memoryBytes?: number;
  shmBytes?: number;
  gpus?: 'all' | number;
  user?: { uid: number; gid: number };
}

/** Extracts the lasting part of a request. */
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

/** Reads the settings of a session's container; none if the label is damaged. */
export function readSettings({ labels }: Pick<Container, 'labels'>): Settings {
  const none: Settings = { readOnly: false, mounts: [], env: [] };
  try {
    return { ...none, ...(JSON.parse(labels[LABEL.settings] ?? '{}') as Partial<Settings>) };
  } catch {
    return none;
  }
}

/** The key of a session: one for each project, kind and owner. 12 hex digits. */
export function sessionKey({ project, kind }: Pick<KindRequest, 'project' | 'kind'>, owner: string): string {
  return createHash('sha256')
    .update(JSON.stringify([owner, kind, project]))
    .digest('hex')
    .slice(0, 12);
}

/** Creates the labels of the container of a new session. */
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
    /** Hash of the environment of the project; empty if there is none, or if it is ignored. */
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
    // Otherwise the container would inherit this label from its image.
    [LABEL.environment]: environment,
    [LABEL.version]: VERSION,
    [LABEL.daemon]: processIdentity(process.pid) ?? '',
  };
}

/**
 * Reads the server contract of a session's container; that of Jupyter with its default port if the label is damaged.
 */
export function readServer({ labels }: Pick<Container, 'labels'>): ServerContract {
  const usual: ServerContract = { ...JUPYTER, port: 8888 };
  try {
    const own = labels[LABEL.server];
    if (own === undefined) return usual;
    // Properties that the kind leaves out must stay missing.
    const leftOut = { fileUrl: undefined, activity: undefined, ownToken: undefined };
    return { ...usual, ...leftOut, ...(JSON.parse(own) as Partial<ServerContract>) };
  } catch {
    return usual;
  }
}

/** The state of a session for each state of its container. */
const STATES: Record<Container['state'], SessionState> = {
  created: 'starting',
  running: 'running',
  restarting: 'running',
  paused: 'paused',
  removing: 'stopped',
  exited: 'stopped',
  dead: 'stopped',
};

/** Reads a session from the labels of its container. */
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

/** Rounds to whole seconds, as in a list of containers, so that a session is the same from every call. */
function wholeSecond(time: string): string {
  return new Date(Math.floor(Date.parse(time) / 1000) * 1000).toISOString();
}

/**
 * Lists settings of a new request that a running session does not have: the option, and the value of the session.
 * Considers only options from the user and the environment of the project. `environment` is the hash of the latter.
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
