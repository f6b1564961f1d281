import type { MountRequest, StartRequest } from '../protocol/session.ts';

/** The lasting part of a request. A session keeps it, also when it starts again. */
export interface Settings {
  image?: string;
  imageTag?: string;
  bind?: string;
  port?: number;
  readOnly: boolean;
  mounts: MountRequest[];
  /** Only names; the session holds the values. */
  env: string[];
  cpus?: number;
  memoryBytes?: number;
  shmBytes?: number;
  gpus?: 'all' | number;
  user?: { uid: number; gid: number };
}

/** Extracts the lasting part of a request. */
export function settingsOf(request: StartRequest): Settings {
  const { image, imageTag, bind, port, readOnly, mounts, cpus, memoryBytes, shmBytes, gpus, user } = request;
  return {
    image,
    imageTag,
    bind,
    port,
    readOnly,
    mounts,
    env: Object.keys(request.env).sort(),
    cpus,
    memoryBytes,
    shmBytes,
    gpus,
    user,
  };
}
