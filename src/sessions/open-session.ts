import type { CallContext } from '../concurrency/shared-work.ts';
import type { Server } from '../notebooks/running-server.ts';
import { pageUrl } from '../notebooks/server.ts';
import { EzjError, toEzjError } from '../protocol/errors.ts';
import type { KindRequest, SessionAccess } from '../protocol/session.ts';
import type { LaunchContext, Opened } from './context.ts';
import { hasNeighbours, hostnameForUrl } from './hostnames.ts';
import { sessionKey } from './key.ts';
import { launchSession } from './launch.ts';
import { waitUntilReady } from './readiness.ts';
import type { KnownSession, Runtime, SessionDetails } from './runtime.ts';

/**
 * Opens the session of a project: the running one, a kept session that it starts again, or a new one.
 * @throws the errors of `launchSession` and `waitUntilReady`
 */
export async function openSession(request: KindRequest, context: LaunchContext, call: CallContext): Promise<Opened> {
  const { owner, registry } = context;
  const key = sessionKey(request, owner);
  const isKnown = (await registry.list()).some((session) => sessionKey(session, owner) === key);
  if (isKnown) return openExisting(request, context, call);
  try {
    return { ...(await launchSession(request, context, call)), reused: false };
  } catch (error) {
    // Another process may have created it just now, and the runtime refuses a second one.
    const isTaken = toEzjError(error).code === 'name-taken' && (await findKnown(context.runtime, key)) !== undefined;
    if (!isTaken) throw error;
    return openExisting(request, context, call);
  }
}

async function openExisting(request: KindRequest, context: LaunchContext, call: CallContext): Promise<Opened> {
  const { runtime, registry, owner } = context;
  const existing = await findKnown(runtime, sessionKey(request, owner));
  if (existing === undefined) return { ...(await launchSession(request, context, call)), reused: false };
  const { container: id, name, state } = existing.session;
  if (state === 'running') return { id, reused: true };
  if (await isWorthKeeping(existing, runtime)) {
    const text = `Starting ${name} again, with its files outside the project and the home folder`;
    call.report({ type: 'step', text });
    await onItsPort(existing, context, () => runtime.startAgain(existing));
    return { id, reused: false };
  }
  await runtime.remove(id);
  await registry.refresh(id);
  return { ...(await launchSession(request, context, call)), reused: false };
}

/** Finds a session by its key. Asks the runtime, because the registry can be out of date for a moment. */
async function findKnown(runtime: Runtime, key: string): Promise<KnownSession | undefined> {
  const found = (await runtime.list()).filter((each) => each.key === key);
  return found.find(({ session }) => session.state === 'running') ?? found[0];
}

/** Stops a session and starts it again, with the same settings, token, port and files. */
export async function restartSession(id: string, context: LaunchContext, { report }: CallContext): Promise<Opened> {
  const { runtime, config } = context;
  const details = await runtime.inspect(id);
  if (details === undefined) throw notRunning(details);
  const graceMs = config['stop.graceSeconds'] * 1000;
  await onItsPort(details, context, () => runtime.restart(details, { graceMs, report }));
  return { id, reused: false };
}

/** A running session, its tested server, and what opens it. */
export interface Access {
  details: SessionDetails;
  server: Server;
  access: Pick<SessionAccess, 'session' | 'url' | 'signIn' | 'sharesCookies'>;
}

/**
 * Tests the token or password of a running session, and returns how to reach it. `server` is a server that was just
 * tested, and `details` its session at that moment.
 */
export async function accessSession(
  id: string,
  { runtime, config, registry }: Pick<LaunchContext, 'runtime' | 'config' | 'registry'>,
  {
    signal,
    notebook,
    server: proved,
    details: known,
  }: { signal: AbortSignal; notebook?: string; server?: Server; details?: SessionDetails },
): Promise<Access> {
  const details = known ?? (await inspectRunning(runtime, id));
  const deadlineMs = config['ready.timeoutSeconds'] * 1000;
  const server = proved ?? (await waitUntilReady({ runtime, id, server: details.server, deadlineMs, signal }));
  const { session } = details;
  const { hostname, isOwn } = await hostnameForUrl(details, server);
  const url = pageUrl({ ...server, address: hostname }, notebook);
  const sharesCookies = (!isOwn && (await hasNeighbours(session, { registry }))) || undefined;
  return { details, server, access: { session, url, signIn: server.contract.signIn, sharesCookies } };
}

/** @throws `session-not-found` if the session is not running, `session-not-ready` if it is paused */
export async function inspectRunning(runtime: Runtime, id: string): Promise<SessionDetails> {
  const details = await runtime.inspect(id);
  if (details?.session.state !== 'running') throw notRunning(details);
  return details;
}

async function isWorthKeeping(known: KnownSession, runtime: Runtime): Promise<boolean> {
  const { session, canStartAgain } = known;
  if (session.state === 'paused') throw paused(known);
  return canStartAgain && (await runtime.filesOutside(session.container)).length > 0;
}

async function onItsPort(
  { session: { container: id, name, port } }: KnownSession,
  { registry }: LaunchContext,
  start: () => Promise<void>,
): Promise<void> {
  try {
    await start();
  } catch (error) {
    if (toEzjError(error).code !== 'port-taken') throw error;
    throw new EzjError({
      code: 'port-taken',
      message: `The stopped session ${name} needs port ${port}, which is in use.`,
      hint: `Stop the program that uses the port, or discard the session's files outside the project and the home folder: ezj stop --discard ${name}`,
      cause: error,
    });
  } finally {
    await registry.refresh(id);
  }
}

function paused({ session: { name }, resume }: KnownSession): EzjError {
  return new EzjError({
    code: 'session-not-ready',
    message: `${name} is paused`,
    hint: `To resume it: ${resume}; to start it again: ezj restart ${name}`,
  });
}

function notRunning(details: SessionDetails | undefined): EzjError {
  if (details?.session.state === 'paused') return paused(details);
  const { name, state, project } = details?.session ?? {};
  return new EzjError({
    code: 'session-not-found',
    message: details ? `${name} is not running: it is ${state}.` : 'The session is gone.',
    hint: details ? `Start it with \`ezj ${project}\`` : 'Start it with `ezj`.',
  });
}
