import type { ContainerFile, Engine } from '../../engine/engine.ts';
import { cookieKey, findCookieKeys } from '../../notebooks/rocker.ts';
import type { Report } from '../../protocol/events.ts';
import type { KnownSession } from '../runtime.ts';
import { refuseMovedMounts } from './moved-mounts.ts';

/** Starts a stopped container again. See {@link Runtime.startAgain}. */
export async function startAgain(engine: Engine, known: KnownSession): Promise<void> {
  if (known.signIn === 'rstudio') await engine.putFiles(known.session.container, await newCookieKeys(engine, known));
  await startStopped(engine, known);
}

/** Cookies from before the stop must not open the session again. Jupyter makes a new key by itself. */
async function newCookieKeys(engine: Engine, { session }: KnownSession): Promise<ContainerFile[]> {
  const keys = await findCookieKeys((file) => engine.readFile(session.container, file));
  return keys.map(cookieKey);
}

async function startStopped(engine: Engine, { session, settings }: KnownSession): Promise<void> {
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
  // The token stays too, so open pages may go on.
  await startStopped(engine, known);
}
