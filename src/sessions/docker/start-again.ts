import type { Engine } from '../../engine/engine.ts';
import type { Report } from '../../protocol/events.ts';
import type { KnownSession } from '../runtime.ts';
import { refuseMovedMounts } from './moved-mounts.ts';

/** Starts a stopped container again. See {@link Runtime.startAgain}. */
export async function startAgain(engine: Engine, { session, settings }: KnownSession): Promise<void> {
  await refuseMovedMounts(settings.mounts);
  await engine.startContainer(session.container);
}

/** Stops a container and starts it again. See {@link Runtime.restart}. */
export async function restart(
  engine: Engine,
  known: KnownSession,
  { graceMs, report }: { graceMs: number; report: Report },
): Promise<void> {
  const { name, container } = known.session;
  // Checks before the stop, so that a session that cannot start again keeps running.
  await refuseMovedMounts(known.settings.mounts);
  report({ type: 'step', text: `Stopping ${name}` });
  await engine.stopContainer(container, { graceMs });
  report({ type: 'step', text: `Starting ${name}` });
  await startAgain(engine, known);
}
