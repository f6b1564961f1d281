import type { MountRequest, StartRequest } from '../protocol/session.ts';
import type { SessionDetails } from './runtime.ts';

/**
 * Lists settings of a new request that a running session does not have: the option, and the value of the session.
 * Considers only options from the user and the environment of the project. `environment` is the hash of the latter.
 */
export function differences(
  asked: StartRequest,
  { session, settings: running, environment: built, env }: SessionDetails,
  environment?: string,
): string[] {
  const { name, image, bind, port } = session;
  const scalars = [
    ['--image', asked.image, asked.image === image ? image : (running.image ?? image)],
    ['--r-version', asked.imageTag, running.imageTag ?? image],
    ['--bind', asked.bind, bind],
    ['--port', asked.port, port],
    ['--cpus', asked.cpus, running.cpus],
    ['--memory', sizeText(asked.memoryBytes), sizeText(running.memoryBytes)],
    ['--shm-size', sizeText(asked.shmBytes), sizeText(running.shmBytes) ?? 'the default'],
    ['--gpus', asked.gpus, running.gpus],
    ['--name', asked.name, name],
  ] as const;
  const differing = scalars
    .filter(([, wanted, has]) => wanted !== undefined && wanted !== has)
    .map(([option, wanted, has]) => `${option} ${wanted} (it has ${has ?? 'none'})`);
  if (asked.readOnly && !running.readOnly) differing.push('--ro (it is writable)');
  if (asked.refresh === 'always') differing.push('--update (it keeps its image)');
  if (environment !== undefined && built !== undefined && built !== environment)
    differing.push(
      `the environment of the project (${built === '' ? 'it was started without one' : 'the files have changed since it was started'})`,
    );
  if (asked.noEnv && built) differing.push('--no-env (it has the environment of the project)');
  const mounted = new Set(running.mounts.map(mountKey));
  for (const mount of asked.mounts) {
    if (!mounted.has(mountKey(mount))) differing.push(`--mount ${mount.source}:${mount.target}`);
  }
  for (const [name, value] of Object.entries(asked.env)) {
    if (!running.env.includes(name) || env[name] !== value) differing.push(`--env ${name}`);
  }
  return differing;
}

function mountKey({ source, target, readOnly }: MountRequest): string {
  return JSON.stringify([source, target, readOnly]);
}

function sizeText(bytes: number | undefined): string | undefined {
  if (bytes === undefined) return undefined;
  return bytes % 1024 ** 3 === 0 ? `${bytes / 1024 ** 3}g` : `${Math.round(bytes / 1024 ** 2)}m`;
}
