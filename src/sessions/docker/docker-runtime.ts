import type { Runtime } from '../runtime.ts';
import type { DockerContext } from './docker-context.ts';
import { filesOutside } from './files-outside.ts';
import { listSessionContainers } from './own-containers.ts';
import { inspectSession, knownSession } from './read-session.ts';
import { restart, startAgain } from './start-again.ts';
import { startPlanned } from './start-planned.ts';
import { stopAndRemove } from './stop-and-remove.ts';
import { sessionChanges, waitForEnd } from './watch-sessions.ts';

/** Runs each session in a container of an engine. The labels of a container are the only record of its session. */
export function createDockerRuntime(context: DockerContext): Runtime {
  const { engine, owner } = context;
  return {
    start: (plan, call) => startPlanned(plan, context, call),
    list: async () => (await listSessionContainers(engine, owner)).map(knownSession),
    changes: (options) => sessionChanges(context, options),
    inspect: (id) => inspectSession(engine, id),
    startAgain: (session) => startAgain(engine, session),
    restart: (session, options) => restart(engine, session, options),
    stop: (session, options) => stopAndRemove(engine, session, options),
    remove: (id) => engine.removeContainer(id),
    waitForEnd: (id, options) => waitForEnd(engine, id, options),
    logs: (id, options) => engine.containerLogs(id, options),
    run: (id, command) => engine.exec(id, command),
    openShell: (id, command) => engine.execInteractive(id, command),
    filesOutside: (id) => filesOutside(engine, id),
  };
}
