/** The result of `ezj export`. */
export interface ExportReport {
  project: string;
  kind: string;
  /** The environment's image, or that of the session if the folder has no environment. */
  image: string;
  /** Names of all images in the archive. */
  images: string[];
  /** Number of project files in it. */
  files: string[];
}

/** The options of `ezj import`. */
export interface ImportRequest {
  /** The folder for the project's files. Missing: do not write them. */
  folder?: string;
  /** Replace local images of the same names. */
  force: boolean;
}

/** The result of `ezj import`. */
export interface ImportReport {
  image: string;
  /** Names that are new on this machine; empty if it had all images. */
  loaded: string[];
  /** The written files, without those that already existed with the same content. */
  written: string[];
  kind: string;
  /** The options that a start needs, as on the machine of the export. */
  startOptions: string[];
}
