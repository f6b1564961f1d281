/** A request that shows whether a server is ready. `path` and the values of headers can contain `{token}`. */
export interface Probe {
  path: string;
  headers?: Record<string, string>;
  /** The status codes that mean ready. */
  statuses: number[];
}

/** A request whose JSON response contains the time of the last use in `field`, ISO 8601. */
export interface Activity extends Omit<Probe, 'statuses'> {
  field: string;
}

/** How a browser signs in: with the token in the URL, with RStudio's form, or not at all. */
export type SignIn = 'token' | 'rstudio' | 'none';

/** How to reach, test and open a running server. Contains all that ezj needs of a kind once the container runs. */
export interface ServerContract {
  /** Port in the container. */
  port: number;
  /** The variable of the container that holds the token or password. */
  secret: string;
  signIn: SignIn;
  ready: Probe;
  /** The page to open, from the root of the server; can contain `{token}`. */
  url: string;
  /** The page that opens a file of the project, `{file}`. */
  fileUrl?: string;
  /** The user name for the sign-in, if it asks for one. */
  user?: string;
  /** How to get the time of the last use; missing if the server does not report it. */
  activity?: Activity;
  /**
   * Whether the server may require its own token, which Jupyter writes to a file. ezj looks for that token if the
   * server refuses the one that ezj set.
   */
  ownToken?: boolean;
}

/** The contract of all Jupyter servers. */
export const JUPYTER: Omit<ServerContract, 'port'> = {
  secret: 'JUPYTER_TOKEN',
  signIn: 'token',
  // This request needs the token and does not count as activity:
  // https://jupyter-server.readthedocs.io/en/latest/developers/rest-api.html#get--api-status
  ready: { path: '/api/status', headers: { authorization: 'token {token}' }, statuses: [200] },
  url: '/lab?token={token}',
  fileUrl: '/lab/tree/{file}?token={token}',
  activity: { path: '/api/status', headers: { authorization: 'token {token}' }, field: 'last_activity' },
  ownToken: true,
};

/** Fills in the `{name}`s of a template. Leaves names without a value. */
export function fill(template: string, values: Record<string, string | undefined>): string {
  return template.replace(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole);
}
