/** Files at a project's root or in binder/ that can contain code, or name a source of code. */
export const CODE_FILES = [
  'install.R',
  'postBuild',
  'start',
  'Dockerfile',
  'requirements.txt',
  'environment.yml',
  'pyproject.toml',
];

/** The possible paths of a devcontainer.json; the first counts. https://containers.dev/implementors/spec/#devcontainerjson */
export const DEVCONTAINER_FILES = ['.devcontainer/devcontainer.json', '.devcontainer.json'];

/** A project's environment, as `ezj env` shows it. */
export interface EnvironmentReport {
  project: string;
  kind: string;
  /** Every file found, whether it counts, and why. */
  files: { file: string; used: boolean; why: string }[];
  /** One line for each omission or unreliable entry. */
  notes: string[];
  /** The project's own code that the files run, which needs trust. */
  permissions: string[];
  /** The base image; missing if it is not on this machine yet. */
  base?: string;
  /** The Dockerfile of the build; missing if there is nothing to build. */
  dockerfile?: string;
  /** Name and tag of the image; missing if the base is not local yet or there is nothing to build. */
  image?: string;
  built: boolean;
}

/** Selects the environment of a folder. The default is its usual kind on its usual image. */
export interface EnvironmentRequest {
  project: string;
  kind?: string;
  /** The base image, if the user names it. */
  image?: string;
}

export type Language = 'python' | 'r';

/** Packages that belong to another version of an interpreter than that of the session. */
export interface IncompatiblePackages {
  language: Language;
  /** The interpreter's version at their installation, such as `3.11`. */
  version: string;
  /** The interpreter's version in the session. */
  now: string;
  packages: string[];
}

/** A package in a session that the project's files do not list. */
export interface InstalledPackage {
  language: Language;
  name: string;
  version: string;
  /** `home`: in the home folder, which lasts; `container`: in a folder of the image, which is removed with the container. */
  where: 'home' | 'container';
  /** The version in the manifest, such as `==1.0`; empty for any version. Missing if it does not name the package. */
  asked?: string;
  /** The version in the image, which this one hides. */
  image?: string;
  /** The package's name in a manifest; missing if no manifest can name it. */
  requirement?: string;
  /** Its source, if that is not an index. */
  source?: string;
}

/** The result of `ezj env diff`. */
export interface InstalledReport {
  session: string;
  project: string;
  /** The file that `ezj env save` writes to, by language; missing if there is none yet. */
  manifests: Partial<Record<Language, string>>;
  packages: InstalledPackage[];
  /** Dependencies that were installed with them. */
  dependencies: InstalledPackage[];
  incompatible: IncompatiblePackages[];
}

/** The files that `ezj env save` wrote, or would write with `dryRun`. */
export interface SaveReport {
  session: string;
  project: string;
  dryRun: boolean;
  files: {
    file: string;
    /** Whether the file is new. */
    created: boolean;
    /** The packages written to it. */
    packages: string[];
    /** The change, in the format of `diff -U0`. */
    diff: string;
  }[];
  /** One line for each package that was not written, with the reason. */
  notes: string[];
}
