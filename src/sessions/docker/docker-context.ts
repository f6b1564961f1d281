import type { Engine, EngineInfo } from '../../engine/engine.ts';
import type { EnvironmentRecords } from '../../environments/records.ts';

/** What the sessions of an owner on an engine need. */
export interface DockerContext {
  engine: Engine;
  info: EngineInfo;
  /** The owner of the sessions; the value of the owner label. */
  owner: string;
  /** The record of when environments were used. */
  records: EnvironmentRecords;
}
