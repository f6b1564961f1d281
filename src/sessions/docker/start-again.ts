import type { ContainerFile, Engine } from '../../engine/engine.ts';
import { cookieKey, findCookieKeys } from '../../notebooks/rocker.ts';
import { toEzjError } from '../../protocol/errors.ts';
import type { Report } from '../../protocol/events.ts';
import { SESSION_NETWORK } from '../../protocol/labels.ts';
import { removedMeanwhile } from '../readiness.ts';
import type { KnownSession } from '../runtime.ts';
import { checkSources } from './mount-check.ts';
import { startVerified } from './start-verified.ts';

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

async function startStopped(engine: Engine, { session: { container } }: KnownSession): Promise<void> {
  const binds = await bindsOf(engine, container);
  try {
    await onItsNetwork(engine, container, () => startVerified(engine, container, binds));
  } catch (error) {
    // It may have mounted something that nobody agreed to. Its files stay.
    await engine.stopContainer(container, { graceMs: 0 });
    throw error;
  }
}

/** `docker network prune` also removes the networks of stopped containers. */
async function onItsNetwork(engine: Engine, container: string, start: () => Promise<unknown>): Promise<void> {
  try {
    await start();
  } catch (error) {
    if (toEzjError(error).code !== 'network-missing') throw error;
    await engine.ensureSeparatingNetwork(SESSION_NETWORK);
    await engine.rejoinNetwork(container, SESSION_NETWORK);
    await start();
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
  checkSources(await bindsOf(engine, container));
  report({ type: 'step', text: `Stopping ${name}` });
  await engine.stopContainer(container, { graceMs });
  report({ type: 'step', text: `Starting ${name}` });
  // The token stays too, so open pages may go on.
  await startStopped(engine, known);
}

async function bindsOf(engine: Engine, container: string): Promise<{ source: string; target: string }[]> {
  const details = await engine.inspectContainer(container);
  if (details === undefined) throw removedMeanwhile();
  return details.binds;
}
