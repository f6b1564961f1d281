import type { EngineInfo } from '../engine/engine.ts';
import type { EnvironmentRecords } from '../environments/records.ts';
import type { FolderContext } from '../projects/folder-environment.ts';
import type { LaunchContext } from '../sessions/context.ts';

/** What sharing needs: the environments of folders, and the sessions that say for which kind. */
export interface SharingContext extends FolderContext, Pick<LaunchContext, 'registry' | 'runtime'> {
  info: EngineInfo;
  /** The record of when environments were used. */
  records: EnvironmentRecords;
}
