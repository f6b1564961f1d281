/** A container on the engine. */
export interface Container {
  id: string;
  name: string;
  image: string;
  imageId: string;
  labels: Record<string, string>;
  state: 'created' | 'running' | 'paused' | 'restarting' | 'removing' | 'exited' | 'dead';
  created: string;
  /** Size of its own layer, without the image. Only from `listContainers` with `sizes`, if the engine can measure it. */
  bytes?: number;
}

/** More about one container, from an inspect call. */
export interface ContainerDetails extends Container {
  env: Record<string, string>;
  exitCode: number;
  outOfMemory: boolean;
  /** The engine's message on why it failed to start or run. */
  error: string;
  /** Host address and port of each published container port (TCP). */
  ports: Record<number, { address: string; port: number }>;
  startedAt: string;
  /** The first process, as the engine's machine numbers it; 0 if it does not run. */
  pid: number;
  /** Its bind mounts, as they were requested. */
  binds: { source: string; target: string }[];
}

/** A mount of a container. If the source of a bind mount does not exist, the engine answers with an error. */
export type Mount =
  | { type: 'bind'; source: string; target: string; readOnly: boolean }
  | {
      type: 'volume';
      /** Missing for an anonymous volume, which the engine removes with its container. */
      name?: string;
      target: string;
      labels: Record<string, string>;
    };

/** A port of a container (TCP) on an address of the host. */
export interface PublishedPort {
  containerPort: number;
  address: string;
  port: number;
}

/** The description from which the engine creates a container. */
export interface ContainerSpec {
  name: string;
  image: string;
  labels: Record<string, string>;
  env: Record<string, string>;
  entrypoint?: string[];
  cmd?: string[];
  /** `uid:gid`. Default: the image's own user. */
  user?: string;
  groups?: string[];
  workdir?: string;
  hostname?: string;
  /** The network to join. Default: that of the engine. */
  network?: string;
  mounts: Mount[];
  /** The main published port, if any. */
  publish?: PublishedPort;
  /** Further published ports. */
  forward?: PublishedPort[];
  capabilities: string[];
  /** Whether an init process reaps zombies and forwards signals. */
  init: boolean;
  noNewPrivileges: boolean;
  selinuxDisabled: boolean;
  pidsLimit: number;
  shmBytes: number;
  cpus?: number;
  memoryBytes?: number;
  gpus?: 'all' | number;
}

/** A file or folder to put into a container. */
export interface ContainerFile {
  /** Absolute. */
  path: string;
  /** Missing for a folder. */
  content?: string | Buffer;
  mode: number;
  uid: number;
  gid: number;
}

/** A change of state of a container that ezj labelled. */
export interface ContainerEvent {
  action: 'create' | 'start' | 'die' | 'destroy' | 'oom' | 'pause' | 'unpause';
  container: string;
  labels: Record<string, string>;
}

/** The watch on a container's changes. */
export interface ChangeWatch {
  /**
   * After the end of the container: all paths of `changedPaths` of the engine, and perhaps more, such as deletions. Undefined in doubt.
   */
  changedPaths(): Promise<string[] | undefined>;
}

/** A volume on the engine. */
export interface Volume {
  name: string;
  labels: Record<string, string>;
  /** Missing if the engine does not measure it. */
  bytes?: number;
  created: string;
}
