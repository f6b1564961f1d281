import { CACHE_FOLDERS } from '../build/build-folder.ts';
import type { Detection } from '../files/detect.ts';
import { invalid } from '../files/invalid.ts';
import type { NamedFile } from '../files/named-files.ts';
import { tableOf } from '../files/toml-file.ts';
import { readYamlFile, writeYaml } from '../files/yaml-file.ts';
import { countOf, type EnvironmentPlan, NOTHING, type Step } from '../step.ts';
import { addressesAsCode } from './foreign-code.ts';
import { installRequirements, readListed, sourcesOf } from './install-python.ts';

/** Uses the tool that the image has, on the environment of its notebook. */
const INSTALL = `tool=$(command -v mamba || command -v micromamba || command -v conda) || { echo 'Error: the image has neither mamba nor micromamba nor conda'; exit 1; }
case $tool in *micromamba) $tool install -y -n base --file environment.yml ;; *) $tool env update -n base --file environment.yml ;; esac`;

/**
 * Installs environment.yml into the base environment of an image with conda, such as docker-stacks, then its list for pip.
 * https://docs.conda.io/projects/conda/en/stable/user-guide/tasks/manage-environments.html#create-env-file-manually
 * @throws `environment-invalid`
 */
export async function planConda({ project, files }: Detection, sourcePackages?: string[]): Promise<EnvironmentPlan> {
  const file = files['environment.yml'];
  if (!file) return NOTHING;
  const { rest, packages, pip } = await readCondaFile(file);
  const requirements = await readListed(project, file, pip);
  const counts = [
    ...(packages.length > 0 || requirements.count === 0 ? [countOf(packages.length, 'conda package')] : []),
    ...(requirements.count > 0 ? [countOf(requirements.count, 'requirement')] : []),
  ];
  const steps = [
    ...(packages.length > 0 ? [await condaStep(file, { ...rest, dependencies: packages })] : []),
    ...(requirements.count > 0 ? [installRequirements(file.path, requirements, { sourcePackages })] : []),
  ];
  return {
    steps,
    decisions: [{ file: file.path, used: steps.length > 0, why: counts.join(', ') }],
    code: [...addressesAsCode(file.path, channelsOf(rest)), ...sourcesOf(file.path, requirements, sourcePackages)],
    notes: requirements.notes,
  };
}

/** Channels that their community or vendor curates. Anybody can open others at anaconda.org. */
const KNOWN_CHANNELS = ['defaults', 'nodefaults', 'conda-forge', 'bioconda'];

function channelsOf({ channels }: Record<string, unknown>): string[] {
  return Array.isArray(channels) ? channels.map(String).filter((channel) => !KNOWN_CHANNELS.includes(channel)) : [];
}

async function condaStep({ path }: NamedFile, content: Record<string, unknown>): Promise<Step> {
  return {
    from: path,
    run: `export CONDA_PKGS_DIRS=${CACHE_FOLDERS.conda}\n${INSTALL}`,
    files: [{ path: 'environment.yml', content: await writeYaml(content) }],
    caches: ['conda'],
    // A package of conda may have scripts that run at its installation.
    runsCode: true,
  };
}

/**
 * Conda's packages and the lines for pip. `rest` holds everything else that counts, such as the channels, without the name.
 * @throws `environment-invalid`
 */
export async function readCondaFile(
  file: NamedFile,
): Promise<{ rest: Record<string, unknown>; packages: string[]; pip: string[] }> {
  const value = (await readYamlFile(file)) ?? { dependencies: [] };
  refuseVariables(file, value);
  const { name: _, prefix: __, dependencies, ...rest } = tableOf(value);
  if (dependencies !== null && !Array.isArray(dependencies))
    throw invalid(file.path, 'expected a list of dependencies');
  const packages: string[] = [];
  const pip: string[] = [];
  for (const entry of (dependencies ?? []) as unknown[]) {
    if (typeof entry === 'string') packages.push(entry);
    else pip.push(...pipLines(file, entry));
  }
  return { rest, packages, pip };
}

function pipLines({ path }: NamedFile, entry: unknown): string[] {
  const { pip, ...others } = tableOf(entry);
  const lines = pip ?? [];
  if (pip === undefined || Object.keys(others).length > 0 || !Array.isArray(lines))
    throw invalid(path, `${JSON.stringify(entry)} is neither a package nor a list for pip`);
  const wrong = lines.find((line) => typeof line !== 'string');
  if (wrong !== undefined) throw invalid(path, `pip: ${JSON.stringify(wrong)} is not a requirement`);
  return lines;
}

/** Rejects variables: conda replaces them, and those of the build hold passwords. */
function refuseVariables(file: NamedFile, value: unknown): void {
  const variable = typeof value === 'string' && /\$\{?[A-Za-z_]\w*\}?/.exec(value)?.[0];
  if (variable) throw invalid(file.path, `${variable}: a build does not get your variables; write the value itself`);
  if (typeof value === 'object' && value !== null)
    for (const each of Object.entries(value).flat()) refuseVariables(file, each);
}
