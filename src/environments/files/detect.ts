import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { DEVCONTAINER_FILES } from '../../protocol/environment.ts';
import { EzjError } from '../../protocol/errors.ts';
import { type NamedFile, readNamed } from './named-files.ts';

/** The files by which a project may say what it needs, as REES and its users name them. */
const NAMES = [
  'Dockerfile',
  'apt.txt',
  'environment.yml',
  'uv.lock',
  'pylock.toml',
  'Pipfile.lock',
  'Pipfile',
  'requirements.txt',
  'pyproject.toml',
  'setup.py',
  'runtime.txt',
  'renv.lock',
  'DESCRIPTION',
  'install.R',
  'postBuild',
  'start',
] as const;

/** All of these names. */
export const FILE_NAMES: readonly string[] = NAMES;

export type EnvironmentFileName = (typeof NAMES)[number];

/** What a project folder says about its environment. */
export interface Detection {
  project: string;
  /** Where the files lie: the root of the project, or a folder that is there for them. */
  folder: '' | 'binder' | '.binder';
  files: Partial<Record<EnvironmentFileName, NamedFile>>;
  /** The name of an RStudio project file at the root. */
  rproj?: string;
  /** A devcontainer.json. */
  devcontainer?: NamedFile;
}

/**
 * Reads the files that describe a project's environment, those and no others. Where there is a folder `binder` or `.binder`, only
 * what is in it counts. https://repo2docker.readthedocs.io/en/latest/configuration/
 * @throws `environment-invalid`
 */
export async function detect(project: string): Promise<Detection> {
  const folder = await chooseFolder(project);
  const found = await Promise.all(
    NAMES.map(async (name) => [name, await readFileOf(project, path.posix.join(folder, name))] as const),
  );
  const files = Object.fromEntries(found.filter(([, file]) => file !== undefined));
  return {
    project,
    folder,
    files,
    rproj: await findRproj(project),
    devcontainer: await readFirst(project, DEVCONTAINER_FILES),
  };
}

async function readFirst(project: string, names: string[]): Promise<NamedFile | undefined> {
  const found = await Promise.all(names.map((name) => readFileOf(project, name)));
  return found.find((file) => file !== undefined);
}

/** A file of the project; a folder of its name is something else. */
async function readFileOf(project: string, name: string): Promise<NamedFile | undefined> {
  const stats = await stat(path.join(project, name)).catch(() => undefined);
  return stats && !stats.isFile() ? undefined : readNamed(project, name);
}

/** Names only: a hundred thousand of them are listed in some 30 ms. */
async function findRproj(project: string): Promise<string | undefined> {
  return (await readdir(project).catch(() => [])).find((name) => name.endsWith('.Rproj'));
}

async function chooseFolder(project: string): Promise<Detection['folder']> {
  const [binder, hidden] = await Promise.all(['binder', '.binder'].map((name) => isFolder(path.join(project, name))));
  if (binder && hidden) {
    throw new EzjError({
      code: 'environment-invalid',
      message: `${project} has both binder/ and .binder/: only one can count.`,
      hint: 'Remove one of them; `ezj --no-env` starts without either.',
    });
  }
  return binder ? 'binder' : hidden ? '.binder' : '';
}

async function isFolder(file: string): Promise<boolean> {
  return (await stat(file).catch(() => undefined))?.isDirectory() ?? false;
}
