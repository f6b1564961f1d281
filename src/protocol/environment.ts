/** Files at a project's root or in binder/ that may be code of its own, or name where code comes from. */
export const CODE_FILES = [
  'install.R',
  'postBuild',
  'start',
  'Dockerfile',
  'requirements.txt',
  'environment.yml',
  'pyproject.toml',
];

/** Where a devcontainer.json may lie; the first counts. https://containers.dev/implementors/spec/#devcontainerjson */
export const DEVCONTAINER_FILES = ['.devcontainer/devcontainer.json', '.devcontainer.json'];

/** What a project's files say about its environment, as `ezj env` shows it. */
export interface EnvironmentReport {
  project: string;
  kind: string;
  /** Every file that was found, whether it counts, and why. */
  files: { file: string; used: boolean; why: string }[];
  /** What is left out or cannot be relied on, a line each. */
  notes: string[];
  /** What the files run of the project's own code, which is asked for. */
  permissions: string[];
  /** The image that it stands on; missing where none is on this machine yet. */
  base?: string;
  /** Where something is to be built: the Dockerfile that says how. */
  dockerfile?: string;
  /** Name and tag of the image, missing where the base is not here yet or nothing is to be built. */
  image?: string;
  built: boolean;
}

/** Which environment is meant: that of a folder, for its usual kind on the usual image where neither is named. */
export interface EnvironmentRequest {
  project: string;
  kind?: string;
  /** The base image, where the user names it. */
  image?: string;
}

export type Language = 'python' | 'r';

/** Packages that were installed with another version of an interpreter than the session has. */
export interface IncompatiblePackages {
  language: Language;
  /** Of the interpreter that they were installed with, such as `3.11`. */
  version: string;
  /** Of the one that the session has. */
  now: string;
  packages: string[];
}

/** A package that is installed in a session beyond what the project's files ask for. */
export interface InstalledPackage {
  language: Language;
  name: string;
  version: string;
  /** `home`: in the home folder, which lasts; `container`: in a folder of the image, which goes with the container. */
  where: 'home' | 'container';
  /** What the manifest asks for instead, such as `==1.0`; empty: any version. Missing where it does not name the package. */
  asked?: string;
  /** The version that the image has, which this one hides. */
  image?: string;
  /** How the package is named in a manifest; missing where none can name it. */
  requirement?: string;
  /** Where it comes from, if that is no index. */
  source?: string;
}

/** What `ezj env diff` shows. */
export interface InstalledReport {
  session: string;
  project: string;
  /** The file that `ezj env save` writes to, by language; missing where there is none yet. */
  manifests: Partial<Record<Language, string>>;
  packages: InstalledPackage[];
  /** What was installed along with them. */
  dependencies: InstalledPackage[];
  incompatible: IncompatiblePackages[];
}

/** What `ezj env save` has written, or would with `dryRun`. */
export interface SaveReport {
  session: string;
  project: string;
  dryRun: boolean;
  files: {
    file: string;
    /** It was not there before. */
    created: boolean;
    /** The packages that were written. */
    packages: string[];
    /** As `diff -U0` has it. */
    diff: string;
  }[];
  /** What was not written and why, a line each. */
  notes: string[];
}
