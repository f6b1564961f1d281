import type { DockerfileBuild } from './dockerfile/read-dockerfile.ts';
import type { NamedFile } from './files/named-files.ts';

/** A package cache that outlives builds. */
export type CacheName = 'pip' | 'uv' | 'conda' | 'renv';

/** One layer of an image: a command with files and caches that stay out of the image. */
export interface Step {
  /** The file that the step comes from, for messages. */
  from: string;
  /** A shell script. It never contains text from a project's files: it reads them as files. */
  run: string;
  files: NamedFile[];
  caches: CacheName[];
  /** Whether code of packages may run in the step. Its caches are for its project alone then. */
  runsCode?: boolean;
  /** Variables that stay in the image. */
  env?: Record<string, string>;
  /** For a step that only adds: an image with some of these lines can get the rest. */
  additive?: {
    /** One line per requirement. Lines with different meanings must differ. */
    lines: string[];
    /** The step's files that contain only these lines. */
    files: NamedFile[];
  };
  /** A command in the image that starts the image's own command, which it gets as arguments. */
  wrapper?: string;
}

/** Code from a project that a build or a start runs. */
export interface ProjectCode {
  /** The content that needs trust: a file, or its lines that count. */
  file: NamedFile;
  /** The use of the code, as a line for the user. */
  what: string;
}

/** Whether one file counts, and why. */
export interface FileDecision {
  file: string;
  used: boolean;
  why: string;
}

/** The plan for an image from a project's files, without its base. */
export interface EnvironmentPlan {
  steps: Step[];
  /** The Dockerfile that makes the image. If set, there are no steps. */
  build?: DockerfileBuild;
  decisions: FileDecision[];
  /** Code from sources of the project that the steps may run. */
  code?: ProjectCode[];
  /** Notes for the user: omissions, unsupported settings, results that are not reproducible. */
  notes: string[];
}

/** An empty part of a plan. */
export const NOTHING: EnvironmentPlan = { steps: [], decisions: [], notes: [] };

/** "1 package", "2 packages". */
export function countOf(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
