import type { Follower } from '../concurrency/shared-work.ts';
import type { Container, ContainerDetails } from '../engine/engine.ts';
import { notebookUrl } from '../notebooks/jupyter.ts';
import { EzjError, toEzjError } from '../protocol/errors.ts';
import { LABEL } from '../protocol/labels.ts';
import type { SessionAccess, StartRequest } from '../protocol/session.ts';
import { filesOutside } from './files-outside.ts';
import { sessionKey, sessionOf } from './labels.ts';
import { type LaunchContext, launchSession } from './launch.ts';
import { waitUntilReady } from './readiness.ts';
import { findContainer } from './registry.ts';
import { serverOf } from './server-of.ts';

/** A session that is there: its container, and whether it ran before it was asked for. */
export interface Opened {
  container: string;
  reused: boolean;
}

/**
 * The session of a project, ready: the running one, or the stopped one started again where its container holds files of
 * its own, or a new one.
 * @throws what `launchSession` and `waitUntilReady` throw
 */
export async function openSession(request: StartRequest, context: LaunchContext, follower: Follower): Promise<Opened> {
  const existing = await findContainer(context, sessionKey(request, context.owner));
  if (existing?.state === 'running') return { container: existing.id, reused: true };
  if (existing && (await isWorthKeeping(existing, context))) {
    const text = `Starting ${existing.labels[LABEL.session]} again, with the files that it holds outside the project and the home folder`;
    follower.report({ type: 'step', text });
    await startAgain(existing, context);
    return { container: existing.id, reused: false };
  }
  if (existing) {
    await context.engine.removeContainer(existing.id);
    await context.registry.refresh(existing.id);
  }
  return { container: await launchSession(request, context, follower), reused: false };
}

/** Stops a session's container and starts it again: settings, token, port and files are what they were. */
export async function restartSession(container: string, context: LaunchContext, follower: Follower): Promise<Opened> {
  const { engine, config } = context;
  const details = await engine.inspectContainer(container);
  if (details === undefined) throw notRunning(details);
  const name = details.labels[LABEL.session];
  follower.report({ type: 'step', text: `Stopping ${name}` });
  await engine.stopContainer(container, { graceMs: config['stop.graceSeconds'] * 1000 });
  follower.report({ type: 'step', text: `Starting ${name}` });
  await startAgain(details, context);
  return { container, reused: false };
}

/** How to reach a running session: its container as the engine has it, and the URL, its token proved. */
export async function accessContainer(
  container: string,
  { engine, config }: Pick<LaunchContext, 'engine' | 'config'>,
  { signal, notebook }: { signal: AbortSignal; notebook?: string },
): Promise<{ details: ContainerDetails; access: Pick<SessionAccess, 'session' | 'url'> }> {
  const details = await engine.inspectContainer(container);
  if (details?.state !== 'running') throw notRunning(details);
  const server = await waitUntilReady({
    engine,
    container,
    containerPort: Number(details.labels[LABEL.containerPort]),
    server: serverOf(details),
    deadlineMs: config['ready.timeoutSeconds'] * 1000,
    signal,
  });
  return { details, access: { session: sessionOf(details), url: notebookUrl(server, notebook) } };
}

async function isWorthKeeping({ id, state, name }: Container, { engine }: LaunchContext): Promise<boolean> {
  if (state === 'paused') {
    throw new EzjError({
      code: 'session-not-ready',
      message: `The session is paused.`,
      hint: `docker unpause ${name}`,
    });
  }
  return state === 'exited' && (await filesOutside(engine, id)).length > 0;
}

async function startAgain({ id, labels }: Container, { engine, registry }: LaunchContext): Promise<void> {
  try {
    await engine.startContainer(id);
  } catch (error) {
    if (toEzjError(error).code !== 'port-taken') throw error;
    const name = labels[LABEL.session];
    throw new EzjError({
      code: 'port-taken',
      message: `The stopped session ${name} needs port ${labels[LABEL.port]}, which is in use.`,
      hint: `End what uses the port, or give up what the session holds outside the project and the home folder: ezj stop --discard ${name}`,
      cause: error,
    });
  } finally {
    await registry.refresh(id);
  }
}

function notRunning(details: ContainerDetails | undefined): EzjError {
  const name = details?.labels[LABEL.session];
  return new EzjError({
    code: 'session-not-found',
    message: details ? `${name} does not run: its container is ${details.state}.` : 'The session is gone.',
    hint: details ? `Start it with \`ezj ${details.labels[LABEL.project]}\`` : 'Start it with `ezj`.',
  });
}
