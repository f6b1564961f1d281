import type { SharedWork } from '../concurrency/shared-work.ts';
import type { Config } from '../config/keys.ts';
import type { UserKind } from '../config/user-kinds.ts';
import type { ContainerDetails, Engine, EngineInfo } from '../engine/engine.ts';
import type { Environment } from '../environments/environment.ts';
import type { EnvironmentRecords } from '../environments/records.ts';
import type { Server } from '../notebooks/running-server.ts';
import type { TrustStore } from '../projects/trust-store.ts';
import type { StopReport } from '../protocol/session.ts';
import type { HomeUses } from './home-uses.ts';
import type { Registry } from './registry.ts';

/** What all functions for sessions need. */
export interface SessionContext {
  engine: Engine;
  /** The owner of the sessions; the value of the owner label. */
  owner: string;
}

/** What a launch needs. */
export interface LaunchContext extends SessionContext {
  info: EngineInfo;
  config: Config;
  /** Kinds that the configuration and the project file define, by name. */
  kinds: Record<string, UserKind>;
  registry: Registry;
  /** The environment of the project. */
  environment?: Environment;
  /** The record of when environments were used. */
  records: EnvironmentRecords;
  /** Names and ports of launches whose containers are not in the registry yet. */
  reserved: { names: Set<string>; ports: Set<number> };
}

/** What the daemon has for all calls: the context of launches, and shared work. */
export interface DaemonContext extends LaunchContext {
  /** The permissions that the user has granted. */
  trust: TrustStore;
  /** Current launches and restarts, by session key. */
  launches: SharedWork<Opened>;
  /** The record of when home folders were used. */
  homeUses: HomeUses;
  /** Current stops. */
  stops: SharedWork<StopReport>;
}

/** A running session: its container, and whether it ran before the request. */
export interface Opened {
  container: string;
  reused: boolean;
  /** Its server, if it was just tested, and the details of its container from that moment. */
  server?: Server;
  details?: ContainerDetails;
}
