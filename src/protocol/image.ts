import type { HostNetwork } from './session.ts';

/** The names of ezj's own images, in the order in which they stand on each other. */
export const IMAGE_NAMES = ['base', 'python', 'r'] as const;
export type ImageName = (typeof IMAGE_NAMES)[number];

/** An image that ezj made or that a kind of notebook uses. */
export interface ImageSummary {
  /** Name and tag, or the digest where it has none. */
  reference: string;
  id: string;
  bytes: number;
  created: string;
  /** Who made it: ezj's own Dockerfiles, or the registry it was pulled from. */
  origin: 'built' | 'pulled';
  /** Names of the sessions that use it. */
  sessions: string[];
  /** Of an environment: the project that has used it last, or that it was built for. */
  project?: string;
  /** Of an environment: when a session last started from it, or when it was built where that is not known. ISO 8601. */
  lastUsed?: string;
}

/** One thing that `ezj prune` would remove, has removed, or leaves alone. */
export interface PruneItem {
  type: 'container' | 'image' | 'volume';
  name: string;
  /** Missing where the engine does not tell it. */
  bytes?: number;
  why: string;
  /** The project that it belongs to, and when that last used it, ISO 8601: of an environment and of a home folder. */
  project?: string;
  lastUsed?: string;
  /** Why it stays. */
  skipped?: string;
}

/** What `ezj prune` found: what it removes, and whether it did. */
export interface PruneReport {
  items: PruneItem[];
  /** Of what was not skipped. */
  bytes: number;
  removed: boolean;
}

/** One finding of `ezj doctor`. */
export interface Finding {
  check: string;
  status: 'ok' | 'warning' | 'problem';
  text: string;
  /** What to do, wherever the status is not `ok`. */
  fix?: string;
}

/** Which of ezj's own images are built; with `noCache`, anew from the lowest on. */
export interface BuildRequest {
  images: ImageName[];
  host: HostNetwork;
  noCache: boolean;
}

/** What `ezj prune` looks at, and whether it removes what it finds. */
export interface PruneRequest {
  remove: boolean;
  volumes: boolean;
  caches: boolean;
  /**
   * For how long an environment, or a home folder whose project is there, must not have been used. Missing: what the configuration says,
   * and no such home folder.
   */
  olderThanMs?: number;
}
