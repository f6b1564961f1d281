/** Files of the project's own code that a build or a start runs. */
export const CODE_FILES = ['install.R', 'postBuild', 'start'];

/** What a project's files say about its environment, as `ezj env` shows it. */
export interface EnvironmentReport {
  project: string;
  kind: string;
  /** Every file that was found, whether it counts, and why. */
  files: { file: string; used: boolean; why: string }[];
  /** What is left out or cannot be relied on, a line each. */
  notes: string[];
  /** What the files run of the project's own code, which is asked for. */
  reach: string[];
  /** The image that it stands on; missing where none is on this machine yet. */
  base?: string;
  /** Where something is to be built: the Dockerfile that says how. */
  dockerfile?: string;
  /** Name and tag of the image, missing where the base is not here yet or nothing is to be built. */
  image?: string;
  built: boolean;
}

/** What `ezj env` asks for. */
export interface EnvironmentRequest {
  project: string;
  kind?: string;
  /** The base image, where the user names it. */
  image?: string;
}
