import type { ServerContract } from './server-contract.ts';

/** A running server: its address and secret. */
export interface Server {
  address: string;
  port: number;
  /** The base path of all pages, with a slash at both ends. */
  basePath: string;
  /** The token or password. */
  token: string;
  contract: ServerContract;
}

/**
 * The result of a probe: no response yet, the right server is ready, the server refuses the token, or it accepts any
 * token.
 */
export type ProbeResult = 'silent' | 'ready' | 'refused' | 'open';
