import type { Duplex, Readable } from 'node:stream';
import type { Report } from '../protocol/events.ts';

/** What kind of engine answers, as far as ezj must treat it differently. */
export interface EngineInfo {
  product: 'docker' | 'podman';
  version: string;
  /** Where it was found, for messages: `docker context "colima" (unix:///…)`. */
  source: string;
  /** The API's address, `unix:///var/run/docker.sock`. */
  host: string;
  os: string;
  architecture: string;
  /** User namespaces map the container's root to the user who runs the engine. */
  rootless: boolean;
  /** The engine runs in a virtual machine (Docker Desktop, Colima): it fakes the ownership of bind mounts. */
  virtualMachine: boolean;
  selinux: boolean;
  cpus: number;
  memoryBytes: number;
  /** The engine's data folder, on the engine's machine. */
  dataDir: string;
}

/** An image as the engine has it. */
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
  /** What the image's own configuration says; empty lists and objects where it says nothing. Only from `inspectImage`. */
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

/** A container as the engine has it. */
export interface Container {
  id: string;
  name: string;
  image: string;
  imageId: string;
  labels: Record<string, string>;
  state: 'created' | 'running' | 'paused' | 'restarting' | 'removing' | 'exited' | 'dead';
  created: string;
  /** What its own layer holds, without the image's. Only from `listContainers` with `sizes`, and where the engine can measure it. */
  bytes?: number;
}

/** More about one container, from an inspect call. */
export interface ContainerDetails extends Container {
  env: Record<string, string>;
  exitCode: number;
  outOfMemory: boolean;
  /** The engine's own word on why it failed to start or run. */
  error: string;
  /** Host address and port that each container port (TCP) is published on. */
  ports: Record<number, { address: string; port: number }>;
  startedAt: string;
}

/** A mount of a container. A bind mount's source must exist: the engine answers with an error where it does not. */
export type Mount =
  | { type: 'bind'; source: string; target: string; readOnly: boolean }
  | {
      type: 'volume';
      /** Missing: an anonymous one, which goes with its container. */
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

/** What a container is made from. */
export interface ContainerSpec {
  name: string;
  image: string;
  labels: Record<string, string>;
  env: Record<string, string>;
  entrypoint?: string[];
  cmd?: string[];
  /** `uid:gid`; the image's own user where missing. */
  user?: string;
  groups?: string[];
  workdir?: string;
  hostname?: string;
  mounts: Mount[];
  /** Container port → where it is published; missing: nowhere. */
  publish?: PublishedPort;
  /** Further ones. */
  forward?: PublishedPort[];
  capabilities: string[];
  /** An init process reaps zombies and passes signals on. */
  init: boolean;
  noNewPrivileges: boolean;
  selinuxDisabled: boolean;
  pidsLimit: number;
  shmBytes: number;
  cpus?: number;
  memoryBytes?: number;
  gpus?: 'all' | number;
}

/** A file or folder put into a container that does not run yet. */
export interface ContainerFile {
  /** Absolute. */
  path: string;
  /** Missing: a folder. */
  content?: string | Buffer;
  mode: number;
  uid: number;
  gid: number;
}

/** A change in the life of a container that ezj labelled. */
export interface ContainerEvent {
  action: 'create' | 'start' | 'die' | 'destroy' | 'oom' | 'pause' | 'unpause';
  container: string;
  labels: Record<string, string>;
}

/** A volume as the engine has it. */
export interface Volume {
  name: string;
  labels: Record<string, string>;
  /** Missing where the engine does not measure it. */
  bytes?: number;
  created: string;
}

/** What a build needs: a folder, extra files, arguments. */
export interface BuildRequest {
  /** The folder that COPY and ADD see, with the Dockerfile in it unless `extraFiles` has it. */
  context: string;
  /** What of the folder is sent, by paths relative to it; all of it where missing. */
  paths?: string[];
  /** Files added to the context by path, also in place of the folder's own. */
  extraFiles: Record<string, Buffer>;
  /** Path of the Dockerfile in the context; `Dockerfile` where missing. */
  dockerfile?: string;
  /** The stage that is wanted; the last where missing. */
  target?: string;
  tag: string;
  args: Record<string, string>;
  labels: Record<string, string>;
  /** The name of the image in `build-step` events. */
  title: string;
  noCache: boolean;
}

/**
 * Everything that ezj asks of a container engine. All failures are `EzjError`s: `engine-gone` when the engine stops
 * answering, `engine-permission`, and the codes named at each method; `engine-failed` with the engine's own words otherwise.
 */
export interface Engine {
  info(options?: { signal?: AbortSignal }): Promise<EngineInfo>;

  /** Undefined where there is no such image. */
  inspectImage(reference: string): Promise<Image | undefined>;
  /** Images that have all these labels (`key` or `key=value`). */
  listImages(labels: string[]): Promise<Image[]>;
  /**
   * Pulls with the credentials of the user's docker config. `answerWithinMs`: how long the registry may take to say whether it has
   * the image; as long as the engine waits where missing.
   * @throws `registry-unreachable`, `registry-denied`, `image-not-found`, `pull-failed` (also when the stream ends early), `disk-full`, `cancelled`
   */
  pullImage(
    reference: string,
    options: { report: Report; signal: AbortSignal; answerWithinMs?: number },
  ): Promise<void>;
  /**
   * Pushes likewise, and gives the digest that the image has at the registry.
   * @throws `registry-unreachable`, `registry-denied`, `image-not-found` (no such repository), `push-failed`, `cancelled`
   */
  pushImage(reference: string, options: { report: Report; signal: AbortSignal }): Promise<string>;
  /**
   * Builds with the classic builder and leaves no intermediate container or dangling image when it fails.
   * @throws `build-failed` with the failing instruction and its last lines, `disk-full`, `cancelled`
   */
  buildImage(request: BuildRequest, options: { report: Report; signal: AbortSignal }): Promise<void>;
  /** Makes an image from the tar stream of a root file system. */
  importImage(rootfs: Readable, options: { tag: string; changes: string[]; signal: AbortSignal }): Promise<void>;
  /** Images as the tar stream of `docker save`. */
  saveImages(references: string[], options: { signal: AbortSignal }): Promise<Readable>;
  /**
   * Loads such a stream, all or nothing.
   * @throws `disk-full`, `cancelled`
   */
  loadImages(tar: Readable, options: { signal: AbortSignal }): Promise<void>;
  removeImage(reference: string): Promise<void>;
  /** Gives an image one more name, taken from another image where that has it. */
  tagImage(reference: string, tag: string): Promise<void>;
  /**
   * Makes an image of a container that has ended: its own layer on its image, without what lies in volumes. `changes` are
   * Dockerfile instructions; `comment` goes into the image's history.
   * @throws `disk-full`
   */
  commitContainer(id: string, options: { tag: string; changes: string[]; comment: string }): Promise<void>;

  /** Containers, running or not, that have all these labels, with their sizes where `sizes` asks for them (slow). */
  listContainers(labels: string[], options?: { sizes?: boolean }): Promise<Container[]>;
  /** Undefined where there is no such container. */
  inspectContainer(id: string): Promise<ContainerDetails | undefined>;
  /**
   * Gives the id.
   * @throws `name-taken` when a container of this name exists, `mount-missing` when a bind mount's source does not,
   *   `image-not-found`, `usage` when it asks for more processors than there are
   */
  createContainer(spec: ContainerSpec): Promise<string>;
  /** @throws `port-taken` when the published port is in use */
  startContainer(id: string): Promise<void>;
  /** Sends SIGTERM, then SIGKILL after `graceMs`. Does nothing where it does not run or is gone. */
  stopContainer(id: string, options: { graceMs: number }): Promise<void>;
  /** Removes it with its anonymous volumes; one that runs only with `force`, which is the default. Does nothing where it is gone. */
  removeContainer(id: string, options?: { force?: boolean }): Promise<void>;
  /** Resolves when the container is not running any more. */
  waitForExit(id: string, options: { signal: AbortSignal }): Promise<void>;
  /** Output of both streams, as plain text, in UTF-8. With `follow`, goes on until the container ends or `signal` fires. */
  containerLogs(id: string, options: { tail?: number; follow?: boolean; signal?: AbortSignal }): Promise<Readable>;
  /** Writes files into the container's file system, volumes included, with the owners given. */
  putFiles(id: string, files: ContainerFile[]): Promise<void>;
  /** Content of one file in the container; undefined where there is none. */
  readFile(id: string, path: string): Promise<Buffer | undefined>;
  /** Runs a command to its end. `output` holds both streams. */
  exec(id: string, options: ExecOptions): Promise<ExecResult>;
  /** A command that reads what is written to its stream, on a terminal or on pipes. `exitCode` is asked for at the end of the stream. */
  execInteractive(id: string, options: InteractiveOptions): Promise<InteractiveExec>;
  /** What was added or changed and goes with the container: paths in its own layer, and folders (with a slash at the end) of anonymous volumes. */
  changedPaths(id: string): Promise<string[]>;
  /**
   * Watches a container that runs, until it ends, for what {@link changedPaths} takes long to find. Undefined where that cannot be done.
   * `created`: when it was, or the beginning of that second.
   */
  watchChanges(id: string, options: { created: string }): Promise<ChangeWatch | undefined>;

  /** Volumes that have all these labels, with their sizes where `sizes` asks for them (slow). */
  listVolumes(labels: string[], options?: { sizes?: boolean }): Promise<Volume[]>;
  /** Does nothing where it is gone. */
  removeVolume(name: string): Promise<void>;

  /** Container events from now on, of those that have the label. Ends when `signal` fires; throws `engine-gone` when the engine ends it. */
  events(label: string, options: { signal: AbortSignal; onReady?: () => void }): AsyncIterable<ContainerEvent>;
}

/** A command to run in a container. */
export interface ExecOptions {
  cmd: string[];
  /** The container's own user where missing. */
  user?: string;
  env?: Record<string, string>;
  /** The container's own where missing. */
  workdir?: string;
  /** A word with which the command ends its output, and its exit code after it: that saves asking the engine. */
  exitMark?: string;
  /** How long it may run. Default two minutes. */
  timeoutMs?: number;
  signal?: AbortSignal;
}

/** A container that is watched for changes. */
export interface ChangeWatch {
  /**
   * After its end: all that {@link Engine.changedPaths} would give, and perhaps more, deletions among it. Undefined in doubt.
   */
  changedPaths(): Promise<string[] | undefined>;
}

/** How a command ended; `output` holds both streams. */
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
  /** Of its terminal; without one it runs on pipes. */
  size?: { columns: number; rows: number };
}

/** A piece of what a command has written. */
export interface OutputChunk {
  source: 'stdout' | 'stderr';
  bytes: Buffer;
}

/** A command that runs in a container. */
export interface InteractiveExec {
  /** Takes the input, whose end is the end of stdin. Its other side is read as {@link output}. */
  stream: Duplex;
  /** An object stream of {@link OutputChunk}; a terminal has stdout only. */
  output: Readable;
  /** Follows the user's window. */
  resize(columns: number, rows: number): Promise<void>;
  exitCode(): Promise<number>;
}
