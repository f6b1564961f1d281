import type { Duplex, Readable } from 'node:stream';
import type { Report } from '../protocol/events.ts';

/** The properties of an engine that change what ezj does. */
export interface EngineInfo {
  product: 'docker' | 'podman';
  version: string;
  /** Where ezj found it, for messages: `docker context "colima" (unix:///…)`. */
  source: string;
  /** The API's address, `unix:///var/run/docker.sock`. */
  host: string;
  os: string;
  architecture: string;
  /** Whether user namespaces map the container's root to the user who runs the engine. */
  rootless: boolean;
  /** Whether the engine runs in a virtual machine (Docker Desktop, Colima) and so fakes the ownership of bind mounts. */
  virtualMachine: boolean;
  selinux: boolean;
  cpus: number;
  memoryBytes: number;
  /** The engine's data folder, on the engine's machine. */
  dataDir: string;
}

/** An image on the engine. */
export interface Image {
  id: string;
  tags: string[];
  digests: string[];
  labels: Record<string, string>;
  bytes: number;
  created: string;
  /** Such as `linux/amd64`. Only from `inspectImage`. */
  platform: string;
  /** Digests of its layers, the lowest first. Only from `inspectImage`. */
  layers: string[];
  /** The image's own configuration, with empty lists and objects for missing values. Only from `inspectImage`. */
  config: {
    env: Record<string, string>;
    entrypoint: string[];
    cmd: string[];
    user: string;
    workdir: string;
    /** TCP ports only. */
    exposedPorts: number[];
  };
}

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

/** A volume on the engine. */
export interface Volume {
  name: string;
  labels: Record<string, string>;
  /** Missing if the engine does not measure it. */
  bytes?: number;
  created: string;
}

/** The input of a build: a folder, extra files, arguments. */
export interface BuildRequest {
  /** The folder that COPY and ADD see. It holds the Dockerfile unless `extraFiles` does. */
  context: string;
  /** The paths in the folder to send, relative to it. Default: all. */
  paths?: string[];
  /** Files to add to the context, by path. They replace the folder's own. */
  extraFiles: Record<string, Buffer>;
  /** Path of the Dockerfile in the context. Default: `Dockerfile`. */
  dockerfile?: string;
  /** The stage to build. Default: the last. */
  target?: string;
  tag: string;
  args: Record<string, string>;
  labels: Record<string, string>;
  /** The name of the image in `build-step` events. */
  title: string;
  noCache: boolean;
}

/**
 * All operations that ezj needs from a container engine. All failures are `EzjError`s: `engine-gone` when the engine stops
 * answering, `engine-permission`, the codes at each method, and otherwise `engine-failed` with the engine's message.
 */
export interface Engine {
  info(options?: { signal?: AbortSignal }): Promise<EngineInfo>;

  /** Undefined if the image does not exist. */
  inspectImage(reference: string): Promise<Image | undefined>;
  /** Images with all these labels (`key` or `key=value`). */
  listImages(labels: string[]): Promise<Image[]>;
  /**
   * Pulls with the credentials of the user's docker config. `answerWithinMs`: how long the registry may take to answer whether it has
   * the image. Default: as long as the engine waits.
   * @throws `registry-unreachable`, `registry-denied`, `image-not-found`, `pull-failed` (also when the stream ends early), `disk-full`, `cancelled`
   */
  pullImage(
    reference: string,
    options: { report: Report; signal: AbortSignal; answerWithinMs?: number },
  ): Promise<void>;
  /**
   * Pushes with the same credentials, and returns the image's digest at the registry.
   * @throws `registry-unreachable`, `registry-denied`, `image-not-found` (no such repository), `push-failed`, `cancelled`
   */
  pushImage(reference: string, options: { report: Report; signal: AbortSignal }): Promise<string>;
  /**
   * Builds with the classic builder. A failed build leaves no intermediate container and no dangling image.
   * @throws `build-failed` with the failing instruction and its last lines, `disk-full`, `cancelled`
   */
  buildImage(request: BuildRequest, options: { report: Report; signal: AbortSignal }): Promise<void>;
  /** Creates an image from the tar stream of a root file system. */
  importImage(rootfs: Readable, options: { tag: string; changes: string[]; signal: AbortSignal }): Promise<void>;
  /** Images as the tar stream of `docker save`. */
  saveImages(references: string[], options: { signal: AbortSignal }): Promise<Readable>;
  /**
   * Loads a tar stream of `docker save`, all or nothing.
   * @throws `disk-full`, `cancelled`
   */
  loadImages(tar: Readable, options: { signal: AbortSignal }): Promise<void>;
  removeImage(reference: string): Promise<void>;
  /** Gives an image one more name. If another image has that name, it loses it. */
  tagImage(reference: string, tag: string): Promise<void>;
  /**
   * Creates an image from an ended container: its own layer on its image, without its volumes. `changes` are
   * Dockerfile instructions; `comment` goes into the image's history.
   * @throws `disk-full`
   */
  commitContainer(id: string, options: { tag: string; changes: string[]; comment: string }): Promise<void>;

  /** Containers, running or not, with all these labels. With `sizes`, also their sizes (slow). */
  listContainers(labels: string[], options?: { sizes?: boolean }): Promise<Container[]>;
  /** Undefined if the container does not exist. */
  inspectContainer(id: string): Promise<ContainerDetails | undefined>;
  /**
   * Returns the ID.
   * @throws `name-taken` when a container of this name exists, `mount-missing` when a bind mount's source does not,
   *   `image-not-found`, `usage` when it needs more processors than the engine has
   */
  createContainer(spec: ContainerSpec): Promise<string>;
  /** @throws `port-taken` when the published port is in use, `network-missing` when its network was removed */
  startContainer(id: string): Promise<void>;
  /** Sends SIGTERM, then SIGKILL after `graceMs`. Does nothing if it does not run or does not exist. */
  stopContainer(id: string, options: { graceMs: number }): Promise<void>;
  /** Removes it with its anonymous volumes; if it runs, only with `force`, the default. Does nothing if it does not exist. */
  removeContainer(id: string, options?: { force?: boolean }): Promise<void>;
  /** Resolves when the container no longer runs. */
  waitForExit(id: string, options: { signal: AbortSignal }): Promise<void>;
  /** Output of both streams as UTF-8 text. With `follow`, continues until the container ends or `signal` fires. */
  containerLogs(id: string, options: { tail?: number; follow?: boolean; signal?: AbortSignal }): Promise<Readable>;
  /** Writes files into the container's file system, volumes included, with the owners given. */
  putFiles(id: string, files: ContainerFile[]): Promise<void>;
  /** Content of one file in the container; undefined if it does not exist. */
  readFile(id: string, path: string): Promise<Buffer | undefined>;
  /** Runs a command to its end. `output` holds both streams. */
  exec(id: string, options: ExecOptions): Promise<ExecResult>;
  /** Runs a command that reads its stream, on a terminal or on pipes. Call `exitCode` after the end of the stream. */
  execInteractive(id: string, options: InteractiveOptions): Promise<InteractiveExec>;
  /** Additions and changes that are lost with the container: paths in its own layer, and folders of anonymous volumes, with a slash at the end. */
  changedPaths(id: string): Promise<string[]>;
  /**
   * Watches a running container until it ends, because {@link changedPaths} is slow. Undefined if that is not possible.
   * `created`: the time of its creation, or the beginning of that second.
   */
  watchChanges(id: string, options: { created: string }): Promise<ChangeWatch | undefined>;

  /** Volumes with all these labels. With `sizes`, also their sizes (slow). */
  listVolumes(labels: string[], options?: { sizes?: boolean }): Promise<Volume[]>;
  /** Does nothing if it does not exist. */
  removeVolume(name: string): Promise<void>;

  /**
   * Makes sure that a network of this name exists whose containers cannot reach each other.
   * @throws `engine-failed` if the engine cannot make one
   */
  ensureSeparatingNetwork(name: string): Promise<void>;
  /** Joins a stopped container to its network, which was removed and made again. */
  rejoinNetwork(id: string, name: string): Promise<void>;
  /** Removes a network that no container has, running or not. Does nothing if it does not exist. */
  removeUnusedNetwork(name: string): Promise<void>;

  /** New events of containers with the label. Ends when `signal` fires; throws `engine-gone` when the engine ends it. */
  events(label: string, options: { signal: AbortSignal; onReady?: () => void }): AsyncIterable<ContainerEvent>;
}

/** A command to run in a container. */
export interface ExecOptions {
  cmd: string[];
  /** Default: the container's own user. */
  user?: string;
  env?: Record<string, string>;
  /** Default: the container's own. */
  workdir?: string;
  /** A word that the command prints last, followed by its exit code. That saves a call of the engine. */
  exitMark?: string;
  /** How long it may run. Default two minutes. */
  timeoutMs?: number;
  signal?: AbortSignal;
}

/** The watch on a container's changes. */
export interface ChangeWatch {
  /**
   * After the end of the container: all paths of {@link Engine.changedPaths}, and perhaps more, such as deletions. Undefined in doubt.
   */
  changedPaths(): Promise<string[] | undefined>;
}

/** The result of a command; `output` holds both streams. */
export interface ExecResult {
  exitCode: number;
  output: string;
}

/** A command to run with input. */
export interface InteractiveOptions {
  cmd: string[];
  user?: string;
  env?: Record<string, string>;
  workdir?: string;
  /** The size of its terminal. Without a size, it runs on pipes. */
  size?: { columns: number; rows: number };
}

/** A piece of a command's output. */
export interface OutputChunk {
  source: 'stdout' | 'stderr';
  bytes: Buffer;
}

/** A running command in a container. */
export interface InteractiveExec {
  /** Takes the input; its end ends stdin. Read the output from {@link output}. */
  stream: Duplex;
  /** An object stream of {@link OutputChunk}; a terminal has stdout only. */
  output: Readable;
  /** Resizes the terminal to the user's window. */
  resize(columns: number, rows: number): Promise<void>;
  exitCode(): Promise<number>;
}
