import type { Readable } from 'node:stream';
import type { CallContext } from '../concurrency/shared-work.ts';
import type { Config } from '../config/keys.ts';
import type { Environment } from '../environments/environment.ts';
import type { Kind } from '../notebooks/kind.ts';
import type { Server } from '../notebooks/running-server.ts';
import type { Report } from '../protocol/events.ts';
import type { KindRequest, LogQuery, Session, SessionEnd } from '../protocol/session.ts';
import type { Command, CommandResult, OpenShell, ShellCommand } from './command.ts';
import type { PortsInUse } from './ports.ts';
import type { Settings } from './settings.ts';

/**
 * Where the sessions of an owner run, and all that ezj needs from there. The IDs are those of the sessions there, such
 * as IDs of containers. Failures are `EzjError`s.
 */
export interface Runtime {
  /**
   * Starts a session, with all that it needs: its image, its home folder, its port. Its server may not answer yet. A
   * start that fails leaves nothing behind.
   * @throws `name-taken` if another process has just started this session, `port-taken`, `mount-missing`, and the errors
   *   of obtaining the image
   */
  start(plan: SessionPlan, call: CallContext): Promise<StartedSession>;
  /** All sessions, running or not. */
  list(): Promise<KnownSession[]>;
  /** New changes of sessions. Ends when `signal` fires; throws when the runtime ends it. */
  changes(options: { signal: AbortSignal; onReady: () => void }): AsyncIterable<SessionChange>;
  /** Undefined if the session does not exist, or is just being removed. */
  inspect(id: string): Promise<SessionDetails | undefined>;
  /**
   * Starts a stopped session, with its settings, token, port and files.
   * @throws `port-taken`, `mount-missing`
   */
  startAgain(session: KnownSession): Promise<void>;
  /**
   * Stops a session and starts it again. Does not stop a session that cannot start again.
   * @throws the errors of {@link startAgain}
   */
  restart(session: KnownSession, options: { graceMs: number; report: Report }): Promise<void>;
  /**
   * Asks a session to end, ends it after `graceMs`, and removes it if no files are lost with it. `discard` removes it
   * anyway. The home folder stays.
   */
  stop(session: Session, options: { graceMs: number; discard: boolean }): Promise<Stopped>;
  /** Removes a session, running or not. The home folder stays. Does nothing if it does not exist. */
  remove(id: string): Promise<void>;
  /** Resolves when the session no longer runs; with undefined if it no longer exists. */
  waitForEnd(id: string, options: { signal: AbortSignal }): Promise<Ended | undefined>;
  /** The output of its server, as UTF-8 text. With `follow`, continues until the session ends or `signal` fires. */
  logs(id: string, options: Partial<LogQuery> & { signal?: AbortSignal }): Promise<Readable>;
  /** Runs a command to its end. */
  run(id: string, command: Command): Promise<CommandResult>;
  /** Runs a command with input, on a terminal or on pipes. */
  openShell(id: string, command: ShellCommand): Promise<OpenShell>;
  /** Lists the files outside: they are lost with the session. */
  filesOutside(id: string): Promise<string[]>;
}

/** A session to start: the request, and what is decided before. */
export interface SessionPlan {
  name: string;
  request: KindRequest;
  kind: Kind;
  /** The token or password of its server. */
  token: string;
  /** The environment of the project. */
  environment?: Environment;
  config: Config;
  ports: PortsInUse;
}

/** The user of a session, as the session sees it. */
export interface Identity {
  uid: number;
  gid: number;
}

/** A session that was just started. */
export interface StartedSession {
  id: string;
  details: SessionDetails;
  identity: Identity;
  /** The home folder and the project folder, as the session sees them. */
  home: string;
  workdir: string;
  /** Whether the owners of files in the session say nothing about the owners on this machine. */
  anyOwner: boolean;
  /** Resolves when it has the files that only commands of the user read. The server starts meanwhile. */
  filled: Promise<void>;
  /** Removes it with all that this start created, its home folder included. Does not throw. */
  discard(): Promise<void>;
}

/** A session, as a list of all shows it. */
export interface KnownSession {
  session: Session;
  key: string;
  /** How the browser signs in. */
  signIn: Server['contract']['signIn'];
  settings: Settings;
  /** Whether it has ended in a way that it can start again. */
  canStartAgain: boolean;
  /** The command that resumes it, if somebody has paused it. */
  resume: string;
}

/** A session with its secrets. */
export interface SessionDetails extends KnownSession {
  /** Its server, with its address on this machine and the token that ezj set. */
  server: Server;
  /** The user of commands in it. */
  user?: string;
  /** Its variables. */
  env: Record<string, string>;
  /** Hash of the environment that it was started with; empty if there was none. */
  environment?: string;
}

/** What has happened to a session. */
export interface SessionChange {
  id: string;
  key: string;
  what: 'created' | 'started' | 'ended' | 'removed' | 'other';
}

/** The result of a stop. */
export interface Stopped {
  /** Whether it still exists, because files would be lost with it. */
  kept: boolean;
  /** The files outside; undefined if they are unknown, because the session is gone or discarded. */
  outside?: string[];
}

/** How a session has ended. */
export interface Ended extends SessionEnd {
  /** The reason of the runtime, if it has one. */
  error: string;
}
