import { randomBytes } from 'node:crypto';
import { stat } from 'node:fs/promises';
import type { CallContext } from '../concurrency/shared-work.ts';
import { timed } from '../concurrency/timed.ts';
import type { Kind } from '../notebooks/kind.ts';
import { findKind } from '../notebooks/kinds.ts';
import type { Server } from '../notebooks/running-server.ts';
import { EzjError, toEzjError } from '../protocol/errors.ts';
import { freeName, slug } from '../protocol/names.ts';
import type { KindRequest } from '../protocol/session.ts';
import type { LaunchContext } from './context.ts';
import { runFirstCommand } from './first-command.ts';
import { runFirstCommands } from './first-start.ts';
import { describeIncompatible } from './incompatible-packages.ts';
import { sessionKey } from './key.ts';
import { portTaken, reserveNamedPort } from './ports.ts';
import { imageOfProject, withoutJupyter } from './project-image.ts';
import { isGone, removedMeanwhile, waitUntilReady } from './readiness.ts';
import type { SessionDetails, SessionPlan, StartedSession } from './runtime.ts';

/** A new session: its ID in the runtime, and its tested server. */
export interface Launched {
  id: string;
  server: Server;
  details: SessionDetails;
}

/**
 * Starts a new session and returns it when it is ready:
 *
 * 1. Choose a name and a token.
 * 2. Start it in the runtime, with its image and a free port.
 * 3. Wait for a response that proves that the server is ready. Create a file to prove that it can write to the project.
 *
 * If a step fails, removes the session, and the home folder if this launch created it.
 *
 * @throws `project-missing`, `name-taken`, `port-taken`, `mount-missing`, `not-writable`, `session-exited`,
 *   `session-not-ready`, `server-foreign`, `cancelled`, and those of obtaining the image
 */
export async function launchSession(
  request: KindRequest,
  context: LaunchContext,
  call: CallContext,
): Promise<Launched> {
  await checkFolder(request.project);
  const name = await reserveName(request, context);
  try {
    await checkPort(request, context);
    const key = sessionKey(request, context.owner);
    return await context.registry.starting(key, () => launchAs(name, request, context, call));
  } finally {
    context.reserved.names.delete(name);
  }
}

async function launchAs(
  name: string,
  request: KindRequest,
  context: LaunchContext,
  call: CallContext,
): Promise<Launched> {
  const { runtime, environment } = context;
  let started: StartedSession | undefined;
  try {
    started = await runtime.start(planSession(name, request, context), call);
    const ready = await proveReady(started, { name, request }, context, call);
    await started.filled;
    if (environment?.devcontainer) await runFirstCommands(runtime, started, environment.devcontainer, call);
    return { id: started.id, ...ready };
  } catch (error) {
    // If the session is gone, that is the reason for the failure.
    const removed = started !== undefined && (await isGone(runtime, started.id));
    if (started !== undefined) await discard(started, context);
    if (call.signal.aborted) throw new EzjError({ code: 'cancelled', message: 'Cancelled.', cause: error });
    if (removed) throw removedMeanwhile(error);
    const by = imageOfProject(request, environment);
    throw by === undefined ? error : withoutJupyter(toEzjError(error), by);
  }
}

function planSession(
  name: string,
  request: KindRequest,
  { config, kinds, environment, registry, reserved }: LaunchContext,
): SessionPlan {
  const kind = findKind(request.kind, kinds);
  if (request.imageTag !== undefined && kind.name !== 'rstudio') throw noVersions(kind);
  const token = request.env[kind.secret] ?? randomBytes(24).toString('hex');
  const ofSessions = async () => new Set((await registry.list()).map(({ port }) => port));
  return { name, request, kind, token, environment, config, ports: { ofSessions, reserved: reserved.ports } };
}

function noVersions({ title }: Kind): EzjError {
  return new EzjError({
    code: 'usage',
    message: `--r-version works only with RStudio, and this is ${title}.`,
    hint: 'Add --rstudio, or choose an image with --image.',
  });
}

/** Checks a requested port before a pull or build that takes minutes. */
async function checkPort({ port, bind }: KindRequest, { config, registry, reserved }: LaunchContext): Promise<void> {
  if (port === undefined) return;
  const holder = (await registry.list()).find((session) => session.port === port);
  if (holder) throw portTaken(port, holder.name);
  await reserveNamedPort(port, { address: bind ?? config.bind, reserved: reserved.ports });
  reserved.ports.delete(port);
}

async function checkFolder(project: string): Promise<void> {
  const found = await stat(project).catch(() => undefined);
  if (found?.isDirectory()) return;
  throw new EzjError({
    code: 'project-missing',
    message: `${project} ${found ? 'is not a folder' : 'does not exist'}.`,
    hint: 'Name a folder: `ezj DIR`.',
  });
}

async function reserveName(
  { project, kind, name }: KindRequest,
  { registry, reserved }: LaunchContext,
): Promise<string> {
  const taken = [...(await registry.list()).map((session) => session.name), ...reserved.names];
  if (name !== undefined && taken.includes(name)) {
    throw new EzjError({
      code: 'name-taken',
      message: `A session named ${name} exists already.`,
      hint: 'Choose another --name, or `ezj stop` that one.',
    });
  }
  const folder = slug(project.split(/[\\/]/).at(-1) ?? '');
  const chosen = name ?? freeName(kind === 'python' ? folder : slug(`${folder}-${kind}`), taken);
  reserved.names.add(chosen);
  return chosen;
}

async function proveReady(
  started: StartedSession,
  { name, request }: { name: string; request: KindRequest },
  { runtime, config, registry }: LaunchContext,
  { report, signal }: CallContext,
): Promise<{ server: Server; details: SessionDetails }> {
  const { id, details } = started;
  registry.note(details);
  const firstCommand = () => runFirstCommand(runtime, started, request);
  const first = timed(report, 'check the folder', firstCommand).then(
    (incompatible) => ({ incompatible, failure: undefined }),
    // A read-only project needs no write check.
    (error: unknown) => ({ incompatible: [], failure: request.readOnly ? undefined : toEzjError(error) }),
  );
  const deadlineMs = config['ready.timeoutSeconds'] * 1000;
  const waiting = { runtime, id, server: details.server, deadlineMs, signal };
  const server = await timed(report, 'wait for the server', () => waitUntilReady(waiting));
  // Waits for the server first: the log of an ended session explains more than a failed write check.
  const { incompatible, failure } = await first;
  if (failure) throw failure;
  for (const each of incompatible) report({ type: 'warning', text: describeIncompatible(each, name) });
  return { server, details };
}

async function discard(started: StartedSession, { registry }: LaunchContext): Promise<void> {
  await started.discard();
  await registry.refresh(started.id).catch(() => {});
}
