import type { CallContext } from '../concurrency/shared-work.ts';
import type { Container, ContainerDetails, Engine } from '../engine/engine.ts';
import { resolvesLocalhostNames } from '../host/hostnames.ts';
import type { Server } from '../notebooks/running-server.ts';
import { pageUrl } from '../notebooks/server.ts';
import { EzjError, toEzjError } from '../protocol/errors.ts';
import { LABEL } from '../protocol/labels.ts';
import type { KindRequest, Session, SessionAccess } from '../protocol/session.ts';
import type { LaunchContext, Opened } from './context.ts';
import { filesOutside } from './files-outside.ts';
import { findContainer } from './find-container.ts';
import { ownHostname } from './hostnames.ts';
import { readSettings, sessionKey, sessionOf } from './labels.ts';
import { launchSession } from './launch.ts';
import { refuseMovedMounts } from './moved-mounts.ts';
import { waitUntilReady } from './readiness.ts';
import { serverOf } from './server-of.ts';

/**
 * Opens the session of a project: the running one, a kept session that it starts again, or a new one.
 * @throws the errors of `launchSession` and `waitUntilReady`
 */
export async function openSession(request: KindRequest, context: LaunchContext, call: CallContext): Promise<Opened> {
  const { owner, registry } = context;
  const key = sessionKey(request, owner);
  // Asks the engine, because the registry can be out of date for a moment.
  const isKnown = (await registry.list()).some((session) => sessionKey(session, owner) === key);
  if (isKnown) return openExisting(request, context, call);
  try {
    return { ...(await launchSession(request, context, call)), reused: false };
  } catch (error) {
    // Another process may have created it just now: its name is the name of the container.
    const isTaken = toEzjError(error).code === 'name-taken' && (await findContainer(context, key)) !== undefined;
    if (!isTaken) throw error;
    return openExisting(request, context, call);
  }
}

async function openExisting(request: KindRequest, context: LaunchContext, call: CallContext): Promise<Opened> {
  const existing = await findContainer(context, sessionKey(request, context.owner));
  if (existing?.state === 'running') return { container: existing.id, reused: true };
  if (existing && (await isWorthKeeping(existing, context))) {
    const text = `Starting ${existing.labels[LABEL.session]} again, with its files outside the project and the home folder`;
    call.report({ type: 'step', text });
    await startAgain(existing, context);
    return { container: existing.id, reused: false };
  }
  if (existing) {
    await context.engine.removeContainer(existing.id);
    await context.registry.refresh(existing.id);
  }
  return { ...(await launchSession(request, context, call)), reused: false };
}

/** Stops the container of a session and starts it again, with the same settings, token, port and files. */
export async function restartSession(container: string, context: LaunchContext, call: CallContext): Promise<Opened> {
  const { engine, config } = context;
  const details = await engine.inspectContainer(container);
  if (details === undefined) throw notRunning(details);
  const name = details.labels[LABEL.session];
  // Checks before the stop, so that a session that cannot start again keeps running.
  await refuseMovedMounts(readSettings(details).mounts);
  call.report({ type: 'step', text: `Stopping ${name}` });
  await engine.stopContainer(container, { graceMs: config['stop.graceSeconds'] * 1000 });
  call.report({ type: 'step', text: `Starting ${name}` });
  await startAgain(details, context);
  return { container, reused: false };
}

/** A running session: its container, its tested server, and what opens it. */
export interface Access {
  details: ContainerDetails;
  server: Server;
  access: Pick<SessionAccess, 'session' | 'url' | 'signIn'>;
}

/**
 * Tests the token or password of a running session, and returns how to reach it. `server` is a server that was just
 * tested, and `details` its container at that moment.
 */
export async function accessContainer(
  container: string,
  { engine, config }: Pick<LaunchContext, 'engine' | 'config'>,
  {
    signal,
    notebook,
    server: proved,
    details: known,
  }: { signal: AbortSignal; notebook?: string; server?: Server; details?: ContainerDetails },
): Promise<Access> {
  const details = known ?? (await engine.inspectContainer(container));
  if (details?.state !== 'running') throw notRunning(details);
  const deadlineMs = config['ready.timeoutSeconds'] * 1000;
  const server = proved ?? (await waitUntilReady({ engine, container, server: serverOf(details), deadlineMs, signal }));
  const session = sessionOf(details);
  const url = pageUrl({ ...server, address: await hostnameFor(session, server) }, notebook);
  return { details, server, access: { session, url, signIn: server.contract.signIn } };
}

/**
 * The user of commands in a running session.
 * @throws `session-not-found` if it is not running
 */
export async function userOf(
  engine: Engine,
  container: string,
): Promise<{ container: string; user: string | undefined }> {
  const details = await engine.inspectContainer(container);
  if (details?.state !== 'running') throw notRunning(details);
  return { container, user: details.labels[LABEL.user] };
}

async function hostnameFor(session: Session, server: Server): Promise<string> {
  const hostname = await ownHostname(session, server);
  return hostname && (await resolvesLocalhostNames()) ? hostname : server.address;
}

async function isWorthKeeping({ id, state, name, labels }: Container, { engine }: LaunchContext): Promise<boolean> {
  if (state === 'paused') throw paused(name, labels);
  return state === 'exited' && (await filesOutside(engine, id)).length > 0;
}

async function startAgain({ id, labels }: Container, { engine, registry }: LaunchContext): Promise<void> {
  await refuseMovedMounts(readSettings({ labels }).mounts);
  try {
    await engine.startContainer(id);
  } catch (error) {
    if (toEzjError(error).code !== 'port-taken') throw error;
    const name = labels[LABEL.session];
    throw new EzjError({
      code: 'port-taken',
      message: `The stopped session ${name} needs port ${labels[LABEL.port]}, which is in use.`,
      hint: `Stop the program that uses the port, or discard the session's files outside the project and the home folder: ezj stop --discard ${name}`,
      cause: error,
    });
  } finally {
    await registry.refresh(id);
  }
}

function paused(container: string, labels: Record<string, string>): EzjError {
  const name = labels[LABEL.session];
  return new EzjError({
    code: 'session-not-ready',
    message: `${name} is paused`,
    hint: `To resume it: docker unpause ${container}; to start it again: ezj restart ${name}`,
  });
}

function notRunning(details: ContainerDetails | undefined): EzjError {
  if (details?.state === 'paused') return paused(details.name, details.labels);
  const name = details?.labels[LABEL.session];
  return new EzjError({
    code: 'session-not-found',
    message: details ? `${name} is not running: its container is ${details.state}.` : 'The session is gone.',
    hint: details ? `Start it with \`ezj ${details.labels[LABEL.project]}\`` : 'Start it with `ezj`.',
  });
}
