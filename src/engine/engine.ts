import type { Readable } from 'node:stream';
import type { Report } from '../protocol/events.ts';
import type {
  ChangeWatch,
  Container,
  ContainerDetails,
  ContainerEvent,
  ContainerFile,
  ContainerSpec,
  Volume,
} from './container-types.ts';
import type { ExecOptions, ExecResult, InteractiveExec, InteractiveOptions } from './exec-types.ts';
import type { BuildRequest, Image } from './image-types.ts';

export type {
  ChangeWatch,
  Container,
  ContainerDetails,
  ContainerEvent,
  ContainerFile,
  ContainerSpec,
  Mount,
  PublishedPort,
  Volume,
} from './container-types.ts';
export type { ExecOptions, ExecResult, InteractiveExec, InteractiveOptions, OutputChunk } from './exec-types.ts';
// Whoever uses the engine imports all of it from here.
export type { BuildRequest, ContextEntry, Image } from './image-types.ts';

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
  /** Identifies this installation of the engine. Authors of images do not know it. */
  id: string;
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
  /**
   * Content of one regular file in the container; undefined if it does not exist.
   * @throws `answer-too-long` above 1 MiB
   */
  readFile(id: string, path: string): Promise<Buffer | undefined>;
  /**
   * Runs a command to its end. `output` holds both streams.
   * @throws `answer-too-long` when it prints more than `maxBytes`, `cancelled` after `timeoutMs` or on the signal
   */
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
