import type { Image } from '../../engine/engine.ts';
import type { Environment } from '../environment.ts';

/** The images of the archives that the user imported for one folder. No other folder gets them. */
export interface ImportedImages {
  /** The image that has this name in an archive. */
  named(reference: string): Promise<Image | undefined>;
  /** The image of this environment on this base. */
  environment(environment: Environment, base: Image): Promise<Image | undefined>;
}

/** From where an environment can come, besides a build here. */
export interface EnvironmentSources {
  /** The registry of the configuration, or empty. */
  registry: string;
  imported: ImportedImages;
}
