import type { Container, ContainerDetails, Engine } from '../../engine/engine.ts';
import type { Server } from '../../notebooks/running-server.ts';
import { LABEL } from '../../protocol/labels.ts';
import type { Session, SessionState } from '../../protocol/session.ts';
import type { KnownSession, SessionDetails } from '../runtime.ts';
import { readServer, readSettings } from './labels.ts';
import { engineId } from './own-containers.ts';
import { isSealed } from './seal.ts';

/** Reads the session of a container. Undefined if the container does not exist, is being removed, or is no session. */
export async function inspectSession(engine: Engine, container: string): Promise<SessionDetails | undefined> {
  const [details, id] = await Promise.all([engine.inspectContainer(container), engineId(engine)]);
  return details && details.state !== 'removing' && isSealed(details, id) ? sessionDetails(details) : undefined;
}

/** A session with its secrets, from the details of its container. */
export function sessionDetails(container: ContainerDetails): SessionDetails {
  const { labels, env } = container;
  return {
    ...knownSession(container),
    server: serverOf(container),
    user: labels[LABEL.user],
    env,
    environment: labels[LABEL.environment],
  };
}

/** A session as a list shows it, from the labels of its container. */
export function knownSession(container: Container): KnownSession {
  return {
    session: sessionOf(container),
    key: container.labels[LABEL.key] ?? '',
    signIn: readServer(container).signIn,
    settings: readSettings(container),
    // A dead container cannot.
    canStartAgain: container.state === 'exited',
    resume: `docker unpause ${container.name}`,
  };
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

/** The server of a container, with its address on this machine and the token that ezj set. */
function serverOf({ labels, env }: ContainerDetails): Server {
  const contract = readServer({ labels });
  return {
    address: reachable(labels[LABEL.bind] ?? '127.0.0.1'),
    port: Number(labels[LABEL.port]),
    basePath: '/',
    token: env[contract.secret] ?? '',
    contract,
  };
}

/** Replaces an address that means "all interfaces", because clients cannot connect to it. */
function reachable(bind: string): string {
  return { '0.0.0.0': '127.0.0.1', '::': '::1' }[bind] ?? bind;
}
