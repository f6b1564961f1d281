import type { CallContext } from '../concurrency/shared-work.ts';
import { timed } from '../concurrency/timed.ts';
import { requireTrust } from '../projects/trust.ts';
import type { SessionAccess, StartRequest } from '../protocol/session.ts';
import type { SharedContext } from './context.ts';
import { differences } from './differences.ts';
import { sessionKey } from './key.ts';
import { accessSession, openSession, restartSession } from './open-session.ts';
import type { Runtime } from './runtime.ts';
import { stopsSettled } from './stop-session.ts';

/**
 * Starts or finds the requested session, and returns how to open it when it is ready. Callers share a launch of the
 * same session, but each gets its own URL and differences.
 * @throws the errors of {@link requireTrust} and {@link openSession}
 */
export async function startSession(
  asked: StartRequest,
  context: SharedContext,
  call: CallContext,
): Promise<SessionAccess> {
  const { request, kinds, environment, remarks } = await timed(call.report, 'read the project', () =>
    requireTrust(asked, context),
  );
  for (const text of remarks) call.report({ type: 'step', text });
  const key = sessionKey(request, context.owner);
  await stopsSettled(key, context);
  const { id, reused, ...proved } = await context.launches.run(key, call, (shared) =>
    openSession(request, { ...context, kinds, environment }, shared),
  );
  const { signal } = call;
  const { details, access } = await accessSession(id, context, {
    signal,
    notebook: request.notebook,
    ...proved,
  });
  const differing = differences(request, details, environment?.hash);
  const changedFiles = differing.length > 0 ? await countFilesOutside(context.runtime, id) : undefined;
  return { ...access, reused, differences: differing, changedFiles };
}

/**
 * Stops a session and starts it again. Waits for a current launch of it first.
 * @throws `session-not-found`, and the errors of {@link restartSession}
 */
export async function startSessionAgain(
  name: string,
  context: SharedContext,
  call: CallContext,
): Promise<SessionAccess> {
  const session = await context.registry.find(name);
  const key = sessionKey(session, context.owner);
  await context.launches.settled(key);
  const { id } = await context.launches.run(key, call, (shared) => restartSession(session.container, context, shared));
  const { access } = await accessSession(id, context, call);
  return { ...access, reused: false };
}

/** Undefined if the runtime cannot tell, because that must not fail the call. */
async function countFilesOutside(runtime: Runtime, id: string): Promise<number | undefined> {
  return runtime.filesOutside(id).then(
    ({ length }) => length,
    () => undefined,
  );
}
