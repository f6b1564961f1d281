import type { SharedWork } from '../concurrency/shared-work.ts';
import type { Config } from '../config/keys.ts';
import type { UserKind } from '../config/user-kinds.ts';
import type { Environment } from '../environments/environment.ts';
import type { Server } from '../notebooks/running-server.ts';
import type { TrustStore } from '../projects/trust-store.ts';
import type { StopReport } from '../protocol/session.ts';
import type { Registry } from './registry.ts';
import type { Runtime, SessionDetails } from './runtime.ts';

/** What all functions for sessions need. */
export interface SessionContext {
  runtime: Runtime;
  /** The owner of the sessions. */
  owner: string;
}

/** What a launch needs. */
export interface LaunchContext extends SessionContext {
  config: Config;
  /** Kinds that the configuration and the project file define, by name. */
  kinds: Record<string, UserKind>;
  registry: Registry;
  /** The environment of the project. */
  environment?: Environment;
  /** Names and ports of launches whose sessions are not in the registry yet. */
  reserved: { names: Set<string>; ports: Set<number> };
}

/** What all calls about sessions share: the context of launches, and current work. */
export interface SharedContext extends LaunchContext {
  /** The permissions that the user has granted. */
  trust: TrustStore;
  /** Current launches and restarts, by session key. */
  launches: SharedWork<Opened>;
  /** Current stops. */
  stops: SharedWork<StopReport>;
}

/** A running session: its ID in the runtime, and whether it ran before the request. */
export interface Opened {
  id: string;
  reused: boolean;
  /** Its server, if it was just tested, and its details from that moment. */
  server?: Server;
  details?: SessionDetails;
}
