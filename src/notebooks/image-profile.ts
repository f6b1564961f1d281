import type { ContainerFile, Image } from '../engine/engine.ts';
import type { ImageProfileName, Kind } from './kind.ts';

/** What a profile needs to know to lay out a container. */
export interface ContainerContext {
  kind: Kind;
  image: Image;
  /** The project folder on this machine. */
  project: string;
  /** The project folder inside the container. */
  workdir: string;
  /** A file of the project that the session is to be opened with, relative to it. */
  file?: string;
  /** The project's own files name or make the image, which is run as those of Binder are: with Jupyter as its command. */
  ofProject?: boolean;
  /** Whose files the session writes, as the container sees it; root in a rootless engine or for a user who is root. */
  identity: { uid: number; gid: number };
}

/** How images of one profile want to be run as an arbitrary user on a project folder. */
export interface ImageProfile {
  name: ImageProfileName;
  matches(image: Image): boolean;
  /** The home folder, where the volume that lasts is mounted. */
  home(containerContext: ContainerContext): string;
  /** Supplementary groups, by id. */
  groups: string[];
  /**
   * Its own init starts as root and becomes the user by itself: the capabilities that this takes, and the variables by which
   * the init is told, which nobody else may set.
   */
  init?: { capabilities: string[]; env(containerContext: ContainerContext): Record<string, string> };
  entrypoint?(containerContext: ContainerContext): string[] | undefined;
  cmd?(containerContext: ContainerContext): string[] | undefined;
  env?(containerContext: ContainerContext): Record<string, string>;
  /** Whether the image has a name for this uid and a home folder that it can write to, or makes them. */
  knows(uid: number): boolean;
  /** Folders below the home that must exist before the start, for packages that the user installs. */
  folders(containerContext: ContainerContext): string[];
  /**
   * What else has to be put into the container before its start, for which files of the image are read; `warn` tells the
   * user what was mended. `env` is the container's environment without its secret. Throws `image-unsuitable`.
   */
  prepare?(
    containerContext: ContainerContext,
    image: ImageFiles,
    env: Record<string, string>,
  ): Promise<ContainerFile[]>;
  /** As `prepare`, of files that only the user's own commands read: they come while the server starts. */
  settings?(containerContext: ContainerContext, image: ImageFiles): Promise<ContainerFile[]>;
}

/** The files of a container that has not started, and where remarks on them go. */
export interface ImageFiles {
  read(path: string): Promise<string | undefined>;
  warn(text: string): void;
}
