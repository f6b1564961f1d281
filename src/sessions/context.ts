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

/** What every part of sessions works with. */
export interface SessionContext {
  engine: Engine;
  /** Whose sessions these are; the value of the owner label. */
  owner: string;
}

/** What a launch works with. */
export interface LaunchContext extends SessionContext {
  info: EngineInfo;
  config: Config;
  /** Kinds of the user's own, by name: of the configuration and of the project file. */
  kinds: Record<string, UserKind>;
  registry: Registry;
  /** What the project's files ask for. */
  environment?: Environment;
  /** When environments were used. */
  records: EnvironmentRecords;
  /** Names and ports given to launches whose containers are not in the registry yet. */
  reserved: { names: Set<string>; ports: Set<number> };
}

/** What the daemon has for all calls: what a launch works with, and the work that calls share. */
export interface DaemonContext extends LaunchContext {
  /** Which permissions the user has granted. */
  trust: TrustStore;
  /** Launches and restarts under way, by session key. */
  launches: SharedWork<Opened>;
  /** When home folders were used. */
  homeUses: HomeUses;
  /** Stops under way. */
  stops: SharedWork<StopReport>;
}

/** A session that is there: its container, and whether it ran before it was asked for. */
export interface Opened {
  container: string;
  reused: boolean;
  /** Its server, where it was proved just now, and what the engine then said of its container. */
  server?: Server;
  details?: ContainerDetails;
}
