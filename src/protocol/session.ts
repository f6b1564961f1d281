/** `starting` until the container runs; `stopped` where it exists and does not run any more. */
export type SessionState = 'starting' | 'running' | 'paused' | 'stopped';

/** A notebook on one project folder. Read from the labels of its container; holds no secret. */
export interface Session {
  /** Short name, unique among the user's sessions, a valid host label. */
  name: string;
  state: SessionState;
  /** Name of its kind: `python`, `r`, `rstudio`, or one that the user has added. */
  kind: string;
  /** Absolute path of the project folder on the host. */
  project: string;
  image: string;
  /** The address the port is published on, `127.0.0.1` by default. */
  bind: string;
  port: number;
  /** Container id, full. */
  container: string;
  /** When the container was created, ISO 8601. */
  created: string;
  /** How the container ended, where it is stopped. */
  exit?: { code: number; outOfMemory: boolean };
  readOnly: boolean;
  /** When it was last used, ISO 8601; only where it was asked for, and the server tells it. */
  lastActivity?: string;
}

/** What opens a session: the URL carries the login token, so it is printed only where the user asked for it. */
export interface SessionAccess {
  session: Session;
  url: string;
  /** How the browser gets in: by the URL's token, by RStudio's form (`ezj open` fills it in), or without anything. */
  signIn: 'token' | 'rstudio' | 'none';
  /** Whether the session was already running. */
  reused: boolean;
  /** What differs from the settings asked for, where a session was there already. */
  differences?: string[];
  /**
   * How many files were changed outside the project and the home folder, which keep the container and its settings with it.
   * Only where there are differences, and the engine tells it.
   */
  changedFiles?: number;
}

/** A bind mount beside the project's own. */
export interface MountRequest {
  source: string;
  target: string;
  readOnly: boolean;
}

/** What a start is asked for. Paths are absolute and resolved on the client's side. */
export interface StartRequest {
  project: string;
  /** Name of the kind; missing: what the project file says, else Python. */
  kind?: string;
  /** An image reference that overrides the kind's. */
  image?: string;
  /** This tag of the image, whose name has none, as for a version of R. */
  imageTag?: string;
  /** `never` pulls or builds nothing, `always` does so anew. */
  refresh: 'auto' | 'never' | 'always';
  name?: string;
  port?: number;
  bind?: string;
  readOnly: boolean;
  mounts: MountRequest[];
  /** Environment for the container, as `KEY` to value. */
  env: Record<string, string>;
  cpus?: number;
  memoryBytes?: number;
  shmBytes?: number;
  /** `all`, or a number of GPUs. */
  gpus?: 'all' | number;
  /** A file, relative to the project, to open. */
  notebook?: string;
  /** The user whom files in the project shall belong to; missing on Windows. */
  user?: { uid: number; gid: number };
  /** Leaves aside what the project's files say about its environment. */
  noEnv?: boolean;
  /** Those of the user's variables that the project's devcontainer.json names. They get nowhere before the user has agreed. */
  localEnv?: Record<string, string>;
  /** Proxy variables and the certificate bundle of the host. */
  host: HostNetwork;
}

/** What the host needs to reach the network, handed on to builds and sessions. */
export interface HostNetwork {
  /** `HTTP_PROXY` and the like, as found in the user's environment. */
  proxy: Record<string, string>;
  /** Path of a PEM bundle that the user's environment names, such as `SSL_CERT_FILE`. */
  certificates?: string;
  /** Variables of pip and uv that say where packages come from, such as `PIP_INDEX_URL`. They may hold a password. */
  indexes?: Record<string, string>;
  /** Paths of the user's pip.conf files, the one that counts most last. */
  pipConfigs?: string[];
  /** Paths of the user's .condarc files, the one that counts most last. */
  condaConfigs?: string[];
  /** The CRAN mirror that the user's `CRAN` names. */
  cran?: string;
}

/** A request whose kind is settled. */
export type KindRequest = StartRequest & { kind: string };

/** What `shell` runs; on pipes where no terminal is described. */
export interface ShellOptions {
  cmd: string[];
  terminal?: { columns: number; rows: number; term: string };
}

/** Answer of `stop`. */
export interface StopReport {
  session: string;
  /** Files that were changed outside the project and the home folder. The container is kept, stopped, where there are any. */
  outside: string[];
  /** How many such files were given up with the container, where that was asked for and the engine told it. */
  discarded?: number;
}

/** Answer of `end`: how the session ended. */
export interface SessionEnd {
  exitCode: number;
  outOfMemory: boolean;
}

/** What to type into a sign-in form. */
export interface SignInCredentials {
  url: string;
  user: string;
  password: string;
}

/** How a session is stopped. */
export interface StopRequest {
  /** Without a period of grace. */
  force: boolean;
  /** Without what it holds outside the project and the home folder. */
  discard: boolean;
}

/** Answer of `link`. */
export interface LinkReport {
  /** A loopback URL without a token, which leads a browser into the session once, within a minute. */
  url: string;
  /** Whether the browser arrives signed in. */
  signedIn: boolean;
}

/** Which part of a log is read. */
export interface LogQuery {
  /** Until the session ends. */
  follow: boolean;
  /** The last lines only. */
  tail?: number;
}

/** The size of a terminal, in characters. */
export interface ShellSize {
  columns: number;
  rows: number;
}
