/** What routes share: the state, and how the daemon is closed. */
export interface Serving {
  close: (reason: string) => void;
  /** Fires when the daemon closes: calls that wait end. */
  closing: AbortSignal;
}
