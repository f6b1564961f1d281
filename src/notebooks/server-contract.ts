/** A request that tells whether a server is ready. `path` and the headers' values may hold `{token}`. */
export interface Probe {
  path: string;
  headers?: Record<string, string>;
  /** The statuses that mean ready. */
  statuses: number[];
}

/** A request whose JSON answer has the time of the last use, ISO 8601, in `field`. */
export interface Activity extends Omit<Probe, 'statuses'> {
  field: string;
}

/** How a browser gets in: by the token in the URL, by RStudio's own form, or without anything. */
export type SignIn = 'token' | 'rstudio' | 'none';

/** How a running server is reached, proved and opened: all of a kind that is needed once its container runs. */
export interface ServerContract {
  /** Port in the container. */
  port: number;
  /** Variable of the container's environment that holds the token or password. */
  secret: string;
  signIn: SignIn;
  ready: Probe;
  /** The page that a browser opens, from the server's root; may hold `{token}`. */
  url: string;
  /** The page that opens a file, `{file}`, of the project. */
  fileUrl?: string;
  /** The name that a user signs in with, where the sign-in asks for one. */
  user?: string;
  /** What tells when the server was last used; missing where nothing does. */
  activity?: Activity;
  /** The server may insist on a token of its own, which Jupyter writes down: it is looked for where ezj's is refused. */
  ownToken?: boolean;
}

/** The contract of every server that is Jupyter. */
export const JUPYTER: Omit<ServerContract, 'port'> = {
  secret: 'JUPYTER_TOKEN',
  signIn: 'token',
  // It needs the token and does not count as activity:
  // https://jupyter-server.readthedocs.io/en/latest/developers/rest-api.html#get--api-status
  ready: { path: '/api/status', headers: { authorization: 'token {token}' }, statuses: [200] },
  url: '/lab?token={token}',
  fileUrl: '/lab/tree/{file}?token={token}',
  activity: { path: '/api/status', headers: { authorization: 'token {token}' }, field: 'last_activity' },
  ownToken: true,
};

/** A template with its `{name}`s filled in; one that has no value is left as it is. */
export function fill(template: string, values: Record<string, string | undefined>): string {
  return template.replace(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole);
}
