import type { Detection } from './detect.ts';
import type { NamedFile } from './named-files.ts';

/** Code of the project that a build or a start runs without being told to. */
export interface ProjectCode {
  file: NamedFile;
  /** What happens with it, as a line for the user. */
  what: string;
}

/** The files of a project that are run, whatever the kind: the user is asked for each content of them once. */
export function codeOf({ files }: Detection): ProjectCode[] {
  const building = (['install.R', 'postBuild'] as const).flatMap((name) => files[name] ?? []);
  const starting = files.start ? [files.start] : [];
  return [
    ...building.map((file) => ({
      file,
      what: `runs its ${file.path} while the image is built, as root in a container with network`,
    })),
    ...starting.map((file) => ({ file, what: `runs its ${file.path} in each session, before the notebook` })),
  ];
}
