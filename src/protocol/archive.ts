/** What `ezj export` has written. */
export interface ExportReport {
  project: string;
  kind: string;
  /** The environment's image, or the session's own where the folder asks for nothing. */
  image: string;
  /** Names of all images in the archive. */
  images: string[];
  /** Files of the project in it. */
  files: string[];
}

/** What `ezj import` is asked for, beside the archive. */
export interface ImportRequest {
  /** Where the project's files are to be written; missing: nowhere. */
  folder?: string;
  /** Images of the same names as local ones replace them. */
  force: boolean;
}

/** What `ezj import` has found and done. */
export interface ImportReport {
  image: string;
  /** Names that are new here; empty where everything was there already. */
  loaded: string[];
  /** Files that were written; those that were there with the same content are left out. */
  written: string[];
  kind: string;
  /** What has to be named at the start, as it had to be where the archive was made. */
  startOptions: string[];
}
