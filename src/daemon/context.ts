import type { Engine, EngineInfo } from '../engine/engine.ts';
import type { EnvironmentRecords } from '../environments/records.ts';
import type { SharedContext } from '../sessions/context.ts';
import type { HomeUses } from '../sessions/home-uses.ts';

/** What the daemon has for all calls: the sessions, and the engine with the images and volumes. */
export interface DaemonContext extends SharedContext {
  engine: Engine;
  info: EngineInfo;
  /** The record of when environments were used. */
  records: EnvironmentRecords;
  /** The record of when home folders were used. */
  homeUses: HomeUses;
}
