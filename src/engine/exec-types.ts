import type { Duplex, Readable } from 'node:stream';

/** A command to run in a container. */
export interface ExecOptions {
  cmd: string[];
  /** Default: the container's own user. */
  user?: string;
  env?: Record<string, string>;
  /** Default: the container's own. */
  workdir?: string;
  /** A word that the command prints last, followed by its exit code. That saves a call of the engine. */
  exitMark?: string;
  /** How long it may run. Default two minutes. */
  timeoutMs?: number;
  /** How much it may print. Default 1 MiB. */
  maxBytes?: number;
  /** How much of the end of its output to return. Default: all. */
  keepBytes?: number;
  signal?: AbortSignal;
}

/** The result of a command; `output` holds both streams. */
export interface ExecResult {
  exitCode: number;
  output: string;
}

/** A command to run with input. */
export interface InteractiveOptions {
  cmd: string[];
  user?: string;
  env?: Record<string, string>;
  workdir?: string;
  /** The size of its terminal. Without a size, it runs on pipes. */
  size?: { columns: number; rows: number };
}

/** A piece of a command's output. */
export interface OutputChunk {
  source: 'stdout' | 'stderr';
  bytes: Buffer;
}

/** A running command in a container. */
export interface InteractiveExec {
  /** Takes the input; its end ends stdin. Read the output from {@link output}. */
  stream: Duplex;
  /** An object stream of {@link OutputChunk}; a terminal has stdout only. */
  output: Readable;
  /** Resizes the terminal to the user's window. */
  resize(columns: number, rows: number): Promise<void>;
  exitCode(): Promise<number>;
}
