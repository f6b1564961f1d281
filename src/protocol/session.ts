/** `starting` until the container runs; `stopped` if it exists but no longer runs. */
export type SessionState = 'starting' | 'running' | 'paused' | 'stopped';

/** A notebook on one project folder. Read from the labels of its container; holds no secret. */
export interface Session {
  /** Short name, unique among the user's sessions, a valid host label. */
  name: string;
  state: SessionState;
  /** Name of its kind: `python`, `r`, `rstudio`, or one that the user defines. */
  kind: string;
  /** Absolute path of the project folder on the host. */
  project: string;
  image: string;
  /** The address the port is published on, `127.0.0.1` by default. */
  bind: string;
  port: number;
  /** Container id, full. */
  container: string;
  /** Time of the container's creation, ISO 8601. */
  created: string;
  /** The end of the container, if it is stopped. */
  exit?: { code: number; outOfMemory: boolean };
  readOnly: boolean;
  /** Time of its last use, ISO 8601. Only on request, and if the server reports it. */
  lastActivity?: string;
}

/** The data to open a session. The URL contains the token, so ezj prints it only on request. */
export interface SessionAccess {
  session: Session;
  url: string;
  /** How the browser signs in: with the URL's token, with RStudio's form (`ezj open` fills it in), or not at all. */
  signIn: 'token' | 'rstudio' | 'none';
  /** Whether the hostname of the URL, and so its cookies, also belong to other running sessions. */
  sharesCookies?: boolean;
  /** Whether the session was already running. */
  reused: boolean;
  /** The differences from the requested settings, if the session existed already. */
  differences?: string[];
  /**
   * The number of files outside, which keep the container and its settings.
   * Only if there are differences, and if the engine reports the files.
   */
  changedFiles?: number;
}

/** A bind mount besides the project folder. */
export interface MountRequest {
  source: string;
  target: string;
  readOnly: boolean;
}

/** The request for a start. The client makes paths absolute and resolves them. */
export interface StartRequest {
  project: string;
  /** Name of the kind. Default: that of the project file, or else Python. */
  kind?: string;
  /** An image reference that overrides the kind's. */
  image?: string;
  /** A tag for an image name without one, such as a version of R. */
  imageTag?: string;
  /** `never` pulls and builds nothing, `always` pulls and builds again. */
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
  /** The owner of new files in the project; missing on Windows. */
  user?: { uid: number; gid: number };
  /** Ignores the environment of the project. */
  noEnv?: boolean;
  /** The user's variables that the project's devcontainer.json names. ezj uses them only after the user's consent. */
  localEnv?: Record<string, string>;
  /** Proxy variables and the certificate bundle of the host. */
  host: HostNetwork;
}

/** The host's network settings, for builds and sessions. */
export interface HostNetwork {
  /** `HTTP_PROXY` and similar variables of the user's environment. */
  proxy: Record<string, string>;
  /** Path of a PEM bundle that the user's environment names, such as `SSL_CERT_FILE`. */
  certificates?: string;
  /** Variables of pip and uv with sources of packages, such as `PIP_INDEX_URL`. They may contain a password. */
  indexes?: Record<string, string>;
  /** Paths of the user's pip.conf files, in rising precedence. */
  pipConfigs?: string[];
  /** Paths of the user's .condarc files, in rising precedence. */
  condaConfigs?: string[];
  /** The CRAN mirror in the user's `CRAN` variable. */
  cran?: string;
}

/** A request with a resolved kind. */
export type KindRequest = StartRequest & { kind: string };

/** The command of `shell`. Without a terminal size, it runs on pipes. */
export interface ShellOptions {
  cmd: string[];
  terminal?: { columns: number; rows: number; term: string };
}

/** Answer of `stop`. */
export interface StopReport {
  session: string;
  /** The files outside. If there are any, the stopped container stays. */
  outside: string[];
  /** The number of files outside that were removed with the container, if requested and if the engine reported it. */
  discarded?: number;
}

/** Answer of `end`: how the session ended. */
export interface SessionEnd {
  exitCode: number;
  outOfMemory: boolean;
}

/** The input for a sign-in form. */
export interface SignInCredentials {
  url: string;
  user: string;
  password: string;
}

/** How to stop a session. */
export interface StopRequest {
  /** Stops without a grace period. */
  force: boolean;
  /** Removes the container, including the files outside. */
  discard: boolean;
}

/** Answer of `link`. */
export interface LinkReport {
  /** A loopback URL without a token that opens the session in a browser once, within a minute. */
  url: string;
  /** A page that leads to the URL: for the browser's arguments, where another user could use the URL first. */
  file?: string;
  /** Whether the browser arrives signed in. */
  signedIn: boolean;
}

/** Which part of a log to read. */
export interface LogQuery {
  /** Continue until the session ends. */
  follow: boolean;
  /** Number of lines from the end. */
  tail?: number;
}

/** The size of a terminal, in characters. */
export interface ShellSize {
  columns: number;
  rows: number;
}
