import type { ContainerFile, Image } from '../engine/engine.ts';
import type { ImageProfileName, Kind } from './kind.ts';

/** What a profile needs to describe a container. */
export interface ContainerContext {
  kind: Kind;
  image: Image;
  /** The project folder on this machine. */
  project: string;
  /** The project folder inside the container. */
  workdir: string;
  /** The file of the project to open the session with, relative to the project. */
  file?: string;
  /**
   * Whether files of the project name or make the image. Such an image runs as in Binder: with Jupyter as its command.
   */
  ofProject?: boolean;
  /**
   * The user who owns the files that the session writes, as the container sees it. This is root in a rootless engine,
   * or for a user who is root.
   */
  identity: { uid: number; gid: number };
  /** The hostnames by which browsers may address the server, besides loopback addresses. */
  access: { hostnames: string[] | 'any' };
}

/** How to run images of one profile as any user on a project folder. */
export interface ImageProfile {
  name: ImageProfileName;
  matches(image: Image): boolean;
  /** The home folder: the mount point of the volume that lasts. */
  home(containerContext: ContainerContext): string;
  /** IDs of supplementary groups. */
  groups: string[];
  /**
   * Set if the init of the image starts as root and then switches to the user: the capabilities that it needs, and the
   * variables that describe the user. Nothing else may set these variables.
   */
  init?: { capabilities: string[]; env(containerContext: ContainerContext): Record<string, string> };
  entrypoint?(containerContext: ContainerContext): string[] | undefined;
  cmd?(containerContext: ContainerContext): string[] | undefined;
  env?(containerContext: ContainerContext): Record<string, string>;
  /** Whether the image has a name and a writable home folder for this uid, or creates them. */
  knows(uid: number): boolean;
  /** Folders in the home folder that must exist before the start, for packages that the user installs. */
  folders(containerContext: ContainerContext): string[];
  /**
   * Further files for the container before its start, which can depend on files of the image. `warn` tells the user
   * about repairs. `env` is the environment of the container without its secret. Throws `image-unsuitable`.
   */
  prepare?(
    containerContext: ContainerContext,
    image: ImageFiles,
    env: Record<string, string>,
  ): Promise<ContainerFile[]>;
  /** Like `prepare`, for files that only commands of the user read. They are added while the server starts. */
  settings?(containerContext: ContainerContext, image: ImageFiles): Promise<ContainerFile[]>;
}

/** Reads files of a container that has not started, and takes warnings. */
export interface ImageFiles {
  read(path: string): Promise<string | undefined>;
  warn(text: string): void;
}
