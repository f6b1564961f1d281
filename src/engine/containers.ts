import type { ContainerInfo, ContainerInspectInfo } from 'dockerode';
import { readBoundedJson } from '../protocol/bounded-read.ts';
import { type Connection, labelFilters, openAnswer } from './connection.ts';
import type { Container, ContainerDetails } from './engine.ts';
import { callEngine, callUnlessAbsent, openStream } from './engine-call.ts';
import { isAbsent, statusOf, toEngineError } from './engine-errors.ts';
import { readEnv } from './env-list.ts';
import { familiarTag } from './image-reference.ts';

/** Containers, running or not, with all these labels. Sizes are slow: the engine walks through each container's layer. */
export async function listContainers(
  connection: Connection,
  labels: string[],
  { sizes = false }: { sizes?: boolean } = {},
): Promise<Container[]> {
  const list = async (size: boolean) => {
    const call = { what: 'list containers', ...(size ? { timeoutMs: 300_000 } : {}) };
    const found = await callEngine(connection, call, (abortSignal) =>
      connection.docker.listContainers({ all: true, size, filters: labelFilters(labels), abortSignal }),
    );
    return found.map((info) => ({ ...toContainer(info), ...(size ? { bytes: bytesOf(info) } : {}) }));
  };
  // Podman's answer fails if it cannot measure one of them. Sizes are optional, the list is not.
  return sizes ? list(true).catch(() => list(false)) : list(false);
}

/** Undefined if the container does not exist. */
export async function inspectContainer(connection: Connection, id: string): Promise<ContainerDetails | undefined> {
  const call = { what: `inspect the container ${id}`, absent: [404] };
  const found = await callUnlessAbsent(connection, call, (abortSignal) =>
    connection.docker.getContainer(id).inspect({ abortSignal }),
  );
  return found && toDetails(found);
}

/** Starts a container. Does nothing if it runs. */
export async function startContainer(connection: Connection, id: string): Promise<void> {
  const call = { what: `start the container ${id}`, timeoutMs: 120_000, absent: [304] };
  await callUnlessAbsent(connection, call, (abortSignal) => connection.docker.getContainer(id).start({ abortSignal }));
}

/** Sends the stop signal, then SIGKILL after `graceMs`. Does nothing if it does not run or does not exist. */
export async function stopContainer(
  connection: Connection,
  id: string,
  { graceMs }: { graceMs: number },
): Promise<void> {
  const call = { what: `stop the container ${id}`, timeoutMs: graceMs + 60_000, absent: [304, 404] };
  await callUnlessAbsent(connection, call, (abortSignal) =>
    connection.docker.getContainer(id).stop({ t: Math.ceil(graceMs / 1000), abortSignal }),
  );
}

/** Removes it with its anonymous volumes; if it runs, only with `force`. Does nothing if it does not exist. */
export async function removeContainer(
  connection: Connection,
  id: string,
  { force = true }: { force?: boolean } = {},
): Promise<void> {
  // 409: its removal is already in progress, for example by `--rm`. Wait for its end, so that the name is free.
  const call = { what: `remove the container ${id}`, timeoutMs: 120_000, absent: [404] };
  await callUnlessAbsent(connection, call, async (abortSignal) => {
    try {
      await connection.docker.getContainer(id).remove({ force, v: true, abortSignal });
    } catch (thrown) {
      if (!force || statusOf(thrown) !== 409) throw thrown;
      await connection.docker.getContainer(id).wait({ condition: 'removed', abortSignal });
    }
  });
}

/** Resolves when the container no longer runs or no longer exists. */
export async function waitForExit(
  connection: Connection,
  id: string,
  { signal }: { signal: AbortSignal },
): Promise<void> {
  const what = `wait for the container ${id}`;
  const path = `/containers/${encodeURIComponent(id)}/wait`;
  // Avoids dockerode's `wait`: the headers arrive at once, and its promise never settles if the engine ends after them.
  try {
    const answer = await openStream(connection, { what, signal }, (abortSignal) =>
      openAnswer(connection, { path, method: 'POST', abortSignal }),
    );
    const limits = { what: "The engine's answer about the end of a container", bytes: 2 ** 16 };
    const end = (await readBoundedJson(answer, limits)) as { StatusCode?: number } | undefined;
    if (end?.StatusCode === undefined) throw new Error('aborted: the answer has no exit code');
  } catch (thrown) {
    // The headers arrived but the end did not: the engine stopped.
    const cause = thrown instanceof SyntaxError ? new Error('aborted: the answer is not complete') : thrown;
    const error = toEngineError(cause, { what, source: connection.source });
    if (!isAbsent(error)) throw error;
  }
}

function toContainer(info: ContainerInfo): Container {
  return {
    id: info.Id,
    name: (info.Names?.[0] ?? '').replace(/^\//, ''),
    image: familiarTag(info.Image ?? ''),
    imageId: info.ImageID ?? '',
    labels: info.Labels ?? {},
    state: toState(info.State),
    created: new Date((info.Created ?? 0) * 1000).toISOString(),
  };
}

/** Docker omits a size of zero, and reports -1 if it cannot measure. */
function bytesOf({ SizeRw = 0 }: ContainerInfo & { SizeRw?: number }): number | undefined {
  return SizeRw < 0 ? undefined : SizeRw;
}

function toDetails(info: ContainerInspectInfo): ContainerDetails {
  return {
    id: info.Id,
    name: info.Name.replace(/^\//, ''),
    image: familiarTag(info.Config?.Image ?? ''),
    imageId: info.Image ?? '',
    labels: info.Config?.Labels ?? {},
    state: toState(info.State?.Status),
    created: info.Created,
    env: readEnv(info.Config?.Env),
    exitCode: info.State?.ExitCode ?? 0,
    outOfMemory: info.State?.OOMKilled ?? false,
    error: info.State?.Error ?? '',
    ports: toPorts(info.NetworkSettings?.Ports),
    startedAt: info.State?.StartedAt ?? '',
    pid: info.State?.Pid ?? 0,
    binds: (info.Mounts ?? []).flatMap(({ Type, Source, Destination }) =>
      Type === 'bind' ? [{ source: Source, target: Destination }] : [],
    ),
  };
}

function toPorts(published: ContainerInspectInfo['NetworkSettings']['Ports'] | undefined): ContainerDetails['ports'] {
  const ports: ContainerDetails['ports'] = {};
  for (const [key, bindings] of Object.entries(published ?? {})) {
    const binding = bindings?.[0];
    if (!binding || key.endsWith('/udp')) continue;
    ports[Number.parseInt(key, 10)] = { address: binding.HostIp || '0.0.0.0', port: Number(binding.HostPort) };
  }
  return ports;
}

// The second column is for Podman.
const STATES: Record<string, Container['state']> = {
  created: 'created',
  configured: 'created',
  initialized: 'created',
  running: 'running',
  stopping: 'running',
  paused: 'paused',
  restarting: 'restarting',
  removing: 'removing',
  exited: 'exited',
  stopped: 'exited',
  dead: 'dead',
  unknown: 'dead',
};

function toState(state: string | undefined): Container['state'] {
  return STATES[state ?? ''] ?? 'dead';
}
