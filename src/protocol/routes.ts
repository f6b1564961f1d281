/** Header with the sender's ezj version, on every request and every answer. */
export const VERSION_HEADER = 'ezj-version';

/** Header with the sender's {@link PROTOCOL} number. */
export const PROTOCOL_HEADER = 'ezj-protocol';

/** The only Host that the daemon answers to: a web page that reached the socket would send another. */
export const DAEMON_HOST = 'ezj';

/** The path of every route, as hono spells parameters. */
export const ROUTES = {
  hello: '/v1/hello',
  stopDaemon: '/v1/daemon/stop',
  sessions: '/v1/sessions',
  access: '/v1/sessions/:name/access',
  link: '/v1/sessions/:name/link',
  credentials: '/v1/sessions/:name/credentials',
  stop: '/v1/sessions/:name/stop',
  restart: '/v1/sessions/:name/restart',
  logs: '/v1/sessions/:name/logs',
  end: '/v1/sessions/:name/end',
  shell: '/v1/sessions/:name/shell',
  resizeShell: '/v1/shells/:id/size',
  shellExit: '/v1/shells/:id/exit',
  images: '/v1/images',
  pullImage: '/v1/images/pull',
  buildImages: '/v1/images/build',
  prune: '/v1/prune',
  project: '/v1/project',
  trust: '/v1/trust',
  kinds: '/v1/kinds',
  environment: '/v1/environment',
  installed: '/v1/sessions/:name/installed',
  saveInstalled: '/v1/sessions/:name/installed/save',
  exportEnvironment: '/v1/environment/export',
  importEnvironment: '/v1/environment/import',
  pushEnvironment: '/v1/environment/push',
  fetchEnvironment: '/v1/environment/pull',
  config: '/v1/config',
  configKey: '/v1/config/:key',
  doctor: '/v1/doctor',
} as const;

/** Answer of `hello`. */
export interface Hello {
  version: string;
  protocol: number;
  pid: number;
  startedAt: string;
  /** Where the engine was found; missing while none was. */
  engine?: string;
  sessions: number;
  rssBytes: number;
}

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

/** One key of the configuration, as `ezj config list` shows it. */
export interface ConfigEntry {
  key: string;
  value: string | number | boolean | object;
  default: string | number | boolean | object;
  description: string;
}

/** The names of ezj's own images, in the order in which they stand on each other. */
export const IMAGE_NAMES = ['base', 'python', 'r'] as const;
export type ImageName = (typeof IMAGE_NAMES)[number];

/** What a project's files ask for, as far as the user has to know before a start. */
export interface ProjectReport {
  /** Which file asks: the project's own, or the folder where code in it is run. */
  file: string;
  /** Of the contents and of what the mounts lead to: what is agreed to. SHA-256, hexadecimal. */
  fingerprint: string;
  /** What it asks for that reaches beyond its folder, and which code it runs, a line each. */
  permissions: string[];
  /** Whether the user has agreed to this content, or it asks for nothing. */
  trusted: boolean;
  /** Names of the user's variables that it wants for the session. */
  passEnv: string[];
}

/** A kind of notebook, as `ezj kinds` shows it. */
export interface KindSummary {
  name: string;
  title: string;
  /** The image, or the key that chooses it. */
  image: string;
  /** Who has defined it. */
  from: 'ezj' | 'configuration' | 'project';
}

/** What to type into a sign-in form. */
export interface SignInCredentials {
  url: string;
  user: string;
  password: string;
}
