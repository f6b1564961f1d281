import type { Duplex, Readable } from 'node:stream';

/** A command to run in a session. */
export interface Command {
  cmd: string[];
  /** As whom: the `user` of its session. Default: the user that the session itself was started as. */
  user?: string;
  env?: Record<string, string>;
  /** Default: that of the session. */
  workdir?: string;
  /** A word that the command prints last, followed by its exit code. That can save a call. */
  exitMark?: string;
  /** How long it may run. Default two minutes. */
  timeoutMs?: number;
  /** How much it may print, before that is an error. Default 1 MiB. */
  maxBytes?: number;
  /** How much of the end of its output to return. Default: all. */
  keepBytes?: number;
  signal?: AbortSignal;
}

/** The result of a command; `output` holds both streams. */
export interface CommandResult {
  exitCode: number;
  output: string;
}

/** A command to run with input. */
export interface ShellCommand {
  cmd: string[];
  user?: string;
  env?: Record<string, string>;
  /** The size of its terminal. Without a size, it runs on pipes. */
  size?: { columns: number; rows: number };
}

/** A running command with input. */
export interface OpenShell {
  /** Takes the input; its end ends stdin. Read the output from {@link output}. */
  stream: Duplex;
  /** An object stream of {@link OutputChunk}; a terminal has stdout only. */
  output: Readable;
  /** Resizes the terminal to the user's window. */
  resize(columns: number, rows: number): Promise<void>;
  /** Call it after the end of the output. */
  exitCode(): Promise<number>;
}

/** A piece of the output of a command. */
export interface OutputChunk {
  source: 'stdout' | 'stderr';
  bytes: Buffer;
}
