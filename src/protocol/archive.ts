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
  /** The folder that the images are for. */
  project: string;
  /** The same folder, if it gets the project's files too. */
  folder?: string;
}

/** The result of `ezj import`. */
export interface ImportReport {
  image: string;
  /** The folder that may use the images. */
  project: string;
  /** Names, as in the archive, of the images that the folder did not have; empty if it had all. */
  loaded: string[];
  /** The written files, without those that already existed with the same content. */
  written: string[];
  kind: string;
  /** The options that a start needs, as on the machine of the export. */
  startOptions: string[];
}
