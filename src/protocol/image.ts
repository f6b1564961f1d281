import type { HostNetwork } from './session.ts';

/** The names of ezj's own images, each based on the one before. */
export const IMAGE_NAMES = ['base', 'python', 'r'] as const;
export type ImageName = (typeof IMAGE_NAMES)[number];

/** An image that ezj built or that a kind of notebook uses. */
export interface ImageSummary {
  /** Name and tag, or the digest if there is no name. */
  reference: string;
  id: string;
  bytes: number;
  created: string;
  /** Its source: ezj's own Dockerfiles, or the registry of its pull. */
  origin: 'built' | 'pulled';
  /** Names of the sessions that use it. */
  sessions: string[];
  /** For an environment: the project that used it last, or for which it was built. */
  project?: string;
  /** For an environment: time of the last start from it, or of its build if no start is known. ISO 8601. */
  lastUsed?: string;
}

/** One object that `ezj prune` removes, would remove, or keeps. */
export interface PruneItem {
  type: 'container' | 'image' | 'volume';
  name: string;
  /** Missing if the engine does not report it. */
  bytes?: number;
  why: string;
  /** For an environment and a home folder: its project, and the time of the last use, ISO 8601. */
  project?: string;
  lastUsed?: string;
  /** The reason to keep it. */
  skipped?: string;
}

/** The result of `ezj prune`: the objects to remove, and whether it removed them. */
export interface PruneReport {
  items: PruneItem[];
  /** Total size without skipped objects. */
  bytes: number;
  removed: boolean;
}

/** One finding of `ezj doctor`. */
export interface Finding {
  check: string;
  status: 'ok' | 'warning' | 'problem';
  text: string;
  /** What to do, if the status is not `ok`. */
  fix?: string;
}

/** Selects which of ezj's own images to build. `noCache` rebuilds all, from the lowest. */
export interface BuildRequest {
  images: ImageName[];
  host: HostNetwork;
  noCache: boolean;
}

/** The objects that `ezj prune` checks, and whether to remove them. */
export interface PruneRequest {
  remove: boolean;
  volumes: boolean;
  caches: boolean;
  /**
   * The minimum time without use of an environment, or of a home folder whose project exists. Default: that of the configuration,
   * and no such home folder.
   */
  olderThanMs?: number;
}
