/**
 * Labels of a session's container and of its home volume. They are the only record of a session: with them,
 * ezj can list, open and stop it. They hold no secret: the token is in the container's environment.
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
  /** How to reach and open its server, as JSON. */
  server: 'ezj.server',
  /** `uid:gid` that commands in the container run as. */
  user: 'ezj.user',
  /** The requested settings, as JSON of {@link Settings}. */
  settings: 'ezj.settings',
  version: 'ezj.version',
  /** Proves that ezj created the container with these labels. */
  seal: 'ezj.seal',
  /** The process of the daemon that created it, as `PID-TICKS`. */
  daemon: 'ezj.daemon',
  /** On volumes: this is a home folder. */
  home: 'ezj.home',
  /** On volumes: a random ID of the start that created it. */
  start: 'ezj.start',
  /** On ezj's own images: its name. */
  image: 'ezj.image',
  /** On images of environments, and on their containers: a hash of the project's files. */
  environment: 'ezj.environment',
  /** On images for incremental builds: a hash of the step without its lines. Empty on images of other steps. */
  incrementOf: 'ezj.increment-of',
  /** The number of additions, then the lines of the step as short hashes. */
  incrementLines: 'ezj.increment-lines',
  /** On volumes: this is a package cache. */
  cache: 'ezj.cache',
} as const;

/** The label of everything that belongs to an owner, as a filter of the engine. */
export function ownedBy(owner: string): string {
  return `${LABEL.owner}=${owner}`;
}

/** The labels of the containers of an owner's sessions, as filters of the engine. */
export function sessionsOf(owner: string): string[] {
  return [ownedBy(owner), LABEL.session];
}

/**
 * The network of all sessions on an engine, on which containers reach the outside and not each other. One for all
 * sessions of all owners, because an engine has addresses for some thirty networks only, and to make one takes longer
 * than most steps of a start.
 */
export const SESSION_NETWORK = 'ezj-sessions';
