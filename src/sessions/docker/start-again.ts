import type { ContainerFile, Engine } from '../../engine/engine.ts';
import { cookieKey, findCookieKeys } from '../../notebooks/rocker.ts';
import { toEzjError } from '../../protocol/errors.ts';
import type { Report } from '../../protocol/events.ts';
import { SESSION_NETWORK } from '../../protocol/labels.ts';
import type { KnownSession } from '../runtime.ts';
import { refuseMovedMounts } from './moved-mounts.ts';
import { renewSessionNetwork } from './session-network.ts';

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
  try {
    await engine.startContainer(session.container);
  } catch (error) {
    if (toEzjError(error).code !== 'network-missing') throw error;
    // `docker network prune` removes the networks of stopped containers.
    await renewSessionNetwork(engine);
    await engine.rejoinNetwork(session.container, SESSION_NETWORK);
    await engine.startContainer(session.container);
  }
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
