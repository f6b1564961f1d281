import { existsSync } from 'node:fs';
import { EzjError, toEzjError } from '../protocol/errors.ts';
import type { Connection } from './connection.ts';
import { containerOptions } from './container-spec.ts';
import type { ContainerSpec } from './engine.ts';
import { callEngine } from './engine-call.ts';
import { isPodman, readEngineInfo } from './engine-info.ts';
import { createVolume } from './volumes.ts';

/** Gives the id of a new container that does not run yet. */
export async function createContainer(connection: Connection, spec: ContainerSpec): Promise<string> {
  return (await isPodman(connection)) ? createPodmanContainer(connection, spec) : create(connection, spec, false);
}

/** What Podman 4.3 does otherwise than Docker, through the same API. */
async function createPodmanContainer(connection: Connection, spec: ContainerSpec): Promise<string> {
  for (const mount of spec.mounts) {
    // It makes an empty folder of root's where the source is missing, and drops the labels of a volume.
    if (mount.type === 'bind' && !existsSync(mount.source)) throw mountMissing(spec.name, mount.source);
    if (mount.type === 'volume' && mount.name !== undefined)
      await createVolume(connection, { name: mount.name, labels: mount.labels });
  }
  return create(connection, spec, true).catch((error: Error) => {
    // Its init is a package of its own, which it only recommends: a session without one is better than none.
    if (spec.init && /init binary not found/.test(error.message))
      return create(connection, { ...spec, init: false }, true);
    throw error;
  });
}

async function create(connection: Connection, spec: ContainerSpec, podman: boolean): Promise<string> {
  const call = {
    what: `create the container ${spec.name}`,
    timeoutMs: 120_000,
    codes: { 404: 'image-not-found', 409: 'name-taken' },
  } as const;
  try {
    const { id } = await callEngine(connection, call, (abortSignal) =>
      connection.docker.createContainer({ ...containerOptions(spec, { podman }), abortSignal }),
    );
    return id;
  } catch (error) {
    const refusal = toEzjError(error);
    throw refusal.code === 'usage' && spec.cpus !== undefined ? await tooManyCpus(connection, spec.cpus, error) : error;
  }
}

/** The engine's own words name neither the option nor the value. */
async function tooManyCpus(connection: Connection, wanted: number, cause: unknown): Promise<EzjError> {
  return refusedCpus(wanted, { ...(await readEngineInfo(connection)), cause });
}

/** The error of a container that asks for more processors than there are. */
export function refusedCpus(wanted: number, { cpus, cause }: { cpus: number; cause?: unknown }): EzjError {
  const message = `--cpus "${wanted}" is too many: the engine has only ${cpus}`;
  const hint =
    'Without --cpus there is no limit. If the engine runs in a virtual machine, you can give that more processors in its settings';
  return new EzjError({ code: 'usage', message, hint, cause });
}

function mountMissing(name: string, source: string): EzjError {
  const message = `Could not create the container ${name}: the folder to mount does not exist: ${source}`;
  return new EzjError({ code: 'mount-missing', message });
}
