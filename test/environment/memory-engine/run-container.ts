import type { ContainerEvent } from '../../../src/engine/engine.ts';
import { refusal } from './failure.ts';
import { type Program, type Programs, startProcess } from './process.ts';
import { type Listener, publish } from './published-ports.ts';
import type { StoredContainer } from './stored-container.ts';

/** How a start tells what happens. */
interface Start {
  what: string;
  programs: Programs;
  tell(action: ContainerEvent['action']): void;
}

/** Opens the container's ports and starts its command. @throws `port-taken` */
export async function startRun(container: StoredContainer, { what, programs, tell }: Start): Promise<void> {
  const { spec, log, files, env, listeners } = container;
  const wanted = [...(spec.publish ? [spec.publish] : []), ...(spec.forward ?? [])];
  container.published = await publish(wanted, (port) => listeners.get(port)).catch((error: NodeJS.ErrnoException) => {
    const words = error.code === 'EADDRINUSE' ? 'port is already allocated' : error.message;
    throw refusal(what, {
      status: 500,
      words: `driver failed programming external connectivity on ${spec.name}: ${words}`,
    });
  });
  const { entrypoint = container.image.config.entrypoint, cmd = container.image.config.cmd } = spec;
  const line = [...entrypoint, ...cmd];
  const running = startProcess(programs(line, describe(container)) ?? missing(line), {
    cmd: line,
    env,
    user: spec.user ?? container.image.config.user,
    workdir: spec.workdir ?? container.image.config.workdir,
    files,
    print: (text) => log.write(text),
    printError: (text) => log.write(text),
    stdin: (async function* () {})(),
    size: () => undefined,
    serve: (port, server) => listeners.set(port, listenerOf(server)),
  });
  Object.assign(container, { running, state: 'running', startedAt: new Date() });
  container.end = { exitCode: 0, outOfMemory: false, error: '' };
  tell('start');
  container.ended = running.ended.then((ended) => {
    container.published?.close();
    listeners.clear();
    Object.assign(container, {
      running: undefined,
      published: undefined,
      state: 'exited',
      end: { ...ended, error: '' },
    });
    log.end();
    if (ended.outOfMemory) tell('oom');
    tell('die');
  });
}

/** Asks what runs to end, and kills it after a while. */
export async function endRun({ running, ended }: StoredContainer, graceMs: number): Promise<void> {
  if (!running) return;
  if (graceMs > 0) running.terminate();
  const timer = setTimeout(() => running.kill(), graceMs);
  await ended;
  clearTimeout(timer);
}

/** What a program may know of the container that it is started in. */
export function describe({ spec, labels }: StoredContainer): Parameters<Programs>[1] {
  return { image: spec.image, labels };
}

/** A command that the image does not have. */
function missing([name = '']: string[]): Program {
  return ({ printError }) => {
    printError(`[FATAL tini (7)] exec ${name} failed: No such file or directory\n`);
    return 127;
  };
}

export function listenerOf(server: Parameters<Parameters<Program>[0]['serve']>[1]): Listener {
  return typeof server === 'function' ? server : (socket) => server.emit('connection', socket);
}
