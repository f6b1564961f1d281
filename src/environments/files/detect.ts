import path from 'node:path';
import { type EntryKind, kindIn, listFolderIn } from '../../project-files/list.ts';
import { DEVCONTAINER_FILES } from '../../protocol/environment.ts';
import { EzjError } from '../../protocol/errors.ts';
import { invalid } from './invalid.ts';
import { type NamedFile, readNamed } from './named-files.ts';

/** The files that can describe an environment, with their names in REES. */
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

/** All names of these files. */
export const FILE_NAMES: readonly string[] = NAMES;

export type EnvironmentFileName = (typeof NAMES)[number];

/** The files of a project that describe its environment, as read. */
export interface Detection {
  project: string;
  /** The folder of the files: the root of the project, or a folder for this purpose. */
  folder: '' | 'binder' | '.binder';
  files: Partial<Record<EnvironmentFileName, NamedFile>>;
  /** The name of an RStudio project file at the root. */
  rproj?: string;
  /** A devcontainer.json. */
  devcontainer?: NamedFile;
}

/**
 * Reads only the files that describe a project's environment. If there is a folder `binder` or `.binder`, only
 * its files count. https://repo2docker.readthedocs.io/en/latest/configuration/
 * @throws `environment-invalid`
 */
export async function detect(project: string): Promise<Detection> {
  const folder = chooseFolder(project);
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

/** A file of the project. Ignores a folder or pipe with this name. */
async function readFileOf(project: string, name: string): Promise<NamedFile | undefined> {
  const kind = kindAt(project, name);
  return kind === undefined || kind === 'file' ? readNamed(project, name) : undefined;
}

/** Reads names only: a hundred thousand of them take about 30 ms. */
async function findRproj(project: string): Promise<string | undefined> {
  const refuse = (reason: string) => invalid(project, reason);
  for await (const name of listFolderIn(project, '', { refuse })) if (name.endsWith('.Rproj')) return name;
  return undefined;
}

function chooseFolder(project: string): Detection['folder'] {
  const [binder, hidden] = ['binder', '.binder'].map((name) => kindAt(project, name) === 'folder');
  if (binder && hidden) {
    throw new EzjError({
      code: 'environment-invalid',
      message: `${project} has both binder/ and .binder/: only one can count.`,
      hint: 'Remove one of them; `ezj --no-env` starts without either.',
    });
  }
  return binder ? 'binder' : hidden ? '.binder' : '';
}

function kindAt(project: string, name: string): EntryKind | undefined {
  return kindIn(project, name, { refuse: (reason) => invalid(name, reason) });
}
