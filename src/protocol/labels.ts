/**
 * Labels of a session's container and of its home volume. They are the only record of a session: whoever reads them
 * can list, open and stop it. They hold no secret; the token stands in the container's environment.
 */
export const LABEL = {
  owner: 'ezj.owner',
  session: 'ezj.session',
  /** Identifies project, kind and owner; see {@link sessionKey}. */
  key: 'ezj.key',
  project: 'ezj.project',
  kind: 'ezj.kind',
  bind: 'ezj.bind',
  port: 'ezj.port',
  /** How its server is reached and opened, as JSON. */
  server: 'ezj.server',
  /** `uid:gid` that commands in the container run as. */
  user: 'ezj.user',
  /** What the user asked for, as JSON of {@link Settings}. */
  settings: 'ezj.settings',
  version: 'ezj.version',
  /** The process of the daemon that created it, as `PID-TICKS`. */
  daemon: 'ezj.daemon',
  /** On volumes: this is a home folder. */
  home: 'ezj.home',
  /** On volumes: the start that made it, at random. */
  start: 'ezj.start',
  /** On images that ezj builds: which of them it is. */
  image: 'ezj.image',
  /** On images that ezj builds from a project's files, and on the containers of those: a hash of these files. */
  environment: 'ezj.environment',
  /** On images of a step that can be added to: what it is but for its lines, a hash. Empty on those of other steps. */
  incrementOf: 'ezj.increment-of',
  /** The lines that it was made of, as short hashes; the number of times that it was added to stands first. */
  incrementLines: 'ezj.increment-lines',
  /** On volumes: this is a package cache. */
  cache: 'ezj.cache',
} as const;

/** The label that all things of an owner have, as a filter of the engine. */
export function ownedBy(owner: string): string {
  return `${LABEL.owner}=${owner}`;
}

/** The labels that the containers of an owner's sessions have, as filters of the engine. */
export function sessionsOf(owner: string): string[] {
  return [ownedBy(owner), LABEL.session];
}
