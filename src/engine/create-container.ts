import { existsSync } from 'node:fs';
import { EzjError, toEzjError } from '../protocol/errors.ts';
import type { Connection } from './connection.ts';
import { containerOptions } from './container-spec.ts';
import type { ContainerSpec } from './engine.ts';
import { callEngine } from './engine-call.ts';
import { isPodman, readEngineInfo } from './engine-info.ts';
import { createVolume } from './volumes.ts';

/** Creates a container without starting it, and returns its ID. */
export async function createContainer(connection: Connection, spec: ContainerSpec): Promise<string> {
  return (await isPodman(connection)) ? createPodmanContainer(connection, spec) : create(connection, spec, false);
}

/** Evens out the differences of Podman 4.3 from Docker in the same API. */
async function createPodmanContainer(connection: Connection, spec: ContainerSpec): Promise<string> {
  for (const mount of spec.mounts) {
    // Podman creates a folder of root if the source is missing, and drops the labels of a volume.
    if (mount.type === 'bind' && !existsSync(mount.source)) throw mountMissing(spec.name, mount.source);
    if (mount.type === 'volume' && mount.name !== undefined)
      await createVolume(connection, { name: mount.name, labels: mount.labels });
  }
  return create(connection, spec, true).catch((error: Error) => {
    // Podman's init is a separate, optional package. A session without an init is better than no session.
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

/** Replaces the engine's message, which names neither the option nor the value. */
async function tooManyCpus(connection: Connection, wanted: number, cause: unknown): Promise<EzjError> {
  return refusedCpus(wanted, { ...(await readEngineInfo(connection)), cause });
}

/** The error of a container that needs more processors than the engine has. */
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
