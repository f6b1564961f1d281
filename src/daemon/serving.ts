/** What routes share. */
export interface Serving {
  close: (reason: string) => void;
  /** Fires when the daemon closes, and ends waiting calls. */
  closing: AbortSignal;
}
