import type { ServerContract } from './server-contract.ts';

/** A server that runs: where it is reached, and with what. */
export interface Server {
  address: string;
  port: number;
  /** Path that everything hangs below, with slashes at both ends. */
  basePath: string;
  /** The token or password. */
  token: string;
  contract: ServerContract;
}

/** What one probe saw: nobody answers yet, this very server is ready, it does not take the token, or it takes any. */
export type ProbeResult = 'silent' | 'ready' | 'refused' | 'open';
