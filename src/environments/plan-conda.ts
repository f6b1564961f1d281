import { CACHE_FOLDERS } from './build-folder.ts';
import type { Detection } from './detect.ts';
import { invalid } from './invalid.ts';
import type { NamedFile } from './named-files.ts';
import { countOf, type EnvironmentPlan, NOTHING } from './step.ts';
import { tableOf } from './toml-file.ts';
import { readYamlFile } from './yaml-file.ts';

/** Whichever the image has, on the environment that its notebook runs in. */
const INSTALL = `tool=$(command -v mamba || command -v micromamba || command -v conda) || { echo 'Error: the image has neither mamba nor micromamba nor conda'; exit 1; }
case $tool in *micromamba) $tool install -y -n base --file environment.yml ;; *) $tool env update -n base --file environment.yml ;; esac`;

/**
 * environment.yml, into the base environment of an image that has conda, as those of docker-stacks.
 * https://docs.conda.io/projects/conda/en/stable/user-guide/tasks/manage-environments.html#create-env-file-manually
 * @throws `environment-invalid`
 */
export async function planConda({ files }: Detection): Promise<EnvironmentPlan> {
  const file = files['environment.yml'];
  if (!file) return NOTHING;
  const { dependencies } = tableOf(await readYamlFile(file));
  if (!Array.isArray(dependencies)) throw invalid(file.path, 'expected a list of dependencies');
  const names = dependencies.flatMap((each) => namesOf(file, each));
  const step = {
    from: file.path,
    run: `export CONDA_PKGS_DIRS=${CACHE_FOLDERS.conda} PIP_USER=0 PIP_CACHE_DIR=${CACHE_FOLDERS.pip}\n${INSTALL}`,
    files: [{ ...file, path: 'environment.yml' }],
    caches: ['conda' as const, 'pip' as const],
  };
  return {
    ...NOTHING,
    steps: [step],
    verdicts: [{ file: file.path, used: true, why: countOf(names.length, 'conda package') }],
  };
}

/** A conda package, or what pip is to install beside them. Options of pip could name files that are not there. */
function namesOf({ path }: NamedFile, entry: unknown): string[] {
  if (typeof entry === 'string') return [entry];
  const { pip } = tableOf(entry);
  if (!Array.isArray(pip)) throw invalid(path, `${JSON.stringify(entry)} is neither a package nor a list for pip`);
  const wrong = pip.find((each) => typeof each !== 'string' || /^\s*(?:-|\.|\/)/.test(each));
  if (wrong !== undefined)
    throw invalid(path, `pip: ${JSON.stringify(wrong)} is no package: no other file enters the build`);
  return pip.map(String);
}
