import type { DockerfileBuild } from './dockerfile/read-dockerfile.ts';
import type { NamedFile } from './files/named-files.ts';

/** A package cache that outlives builds. */
export type CacheName = 'pip' | 'uv' | 'conda' | 'renv';

/** One layer of an image: a command that sees some files and caches which do not stay in the image. */
export interface Step {
  /** The file that it comes from, for messages. */
  from: string;
  /** A shell script. Nothing of a project's files is ever written into it: they are files to it. */
  run: string;
  files: NamedFile[];
  caches: CacheName[];
  /** Variables that stay in the image. */
  env?: Record<string, string>;
  /** The step only adds: on an image of it that was made of fewer of these lines, the rest can be added. */
  additive?: {
    /** What is asked for, a line each; a line that means something else in another place has to differ there. */
    lines: string[];
    /** The files, of the step's, that say nothing but the lines. */
    files: NamedFile[];
  };
  /** A command in the image that starts what the image starts, which it is given as arguments. */
  wrapper?: string;
}

/** Code that a build or a start runs because the project says so. */
export interface ProjectCode {
  /** What is agreed to: a file, or the lines of it that count. */
  file: NamedFile;
  /** What happens with it, as a line for the user. */
  what: string;
}

/** What becomes of one file: whether it counts, and why. */
export interface FileDecision {
  file: string;
  used: boolean;
  why: string;
}

/** The image that follows from a project's files, before it is known what it stands on. */
export interface EnvironmentPlan {
  steps: Step[];
  /** The Dockerfile that makes the image: then there are no steps. */
  build?: DockerfileBuild;
  decisions: FileDecision[];
  /** Code from where the project says, which the steps may run. */
  code?: ProjectCode[];
  /** What the user has to know: left out, not supported, not reproducible. */
  notes: string[];
}

/** What adds nothing to a plan. */
export const NOTHING: EnvironmentPlan = { steps: [], decisions: [], notes: [] };

/** "1 package", "2 packages". */
export function countOf(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
