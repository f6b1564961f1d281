/** Answer of `hello`. */
export interface Hello {
  version: string;
  protocol: number;
  pid: number;
  startedAt: string;
  /** Where ezj found the engine; missing until then. */
  engine?: string;
  sessions: number;
  rssBytes: number;
}

/** One key of the configuration, as `ezj config list` shows it. */
export interface ConfigEntry {
  key: string;
  value: string | number | boolean | object;
  default: string | number | boolean | object;
  description: string;
}
