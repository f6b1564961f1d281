import type { Detection, EnvironmentFileName } from '../environments/files/detect.ts';
import { readJsonFile } from '../environments/files/json-file.ts';
import type { NamedFile } from '../environments/files/named-files.ts';
import { tableOf } from '../environments/files/toml-file.ts';
import { readListed } from '../environments/python/install-python.ts';
import { readCondaFile } from '../environments/python/plan-conda.ts';
import { rankedPython, requirementsOf } from '../environments/python/plan-python.ts';
import { isPackageDescription, readDescription } from '../environments/r/description.ts';
import { isolated } from '../parsing/isolated.ts';

/** The file that counts for one language in a project, and its requirements. */
export interface Manifest<Asked> {
  name: EnvironmentFileName;
  file: NamedFile;
  asked: Asked[];
}

/** Reads the manifests for both languages, apart from the rest of the daemon. */
export const readManifests = isolated('readManifests', async (detection: Detection) => ({
  python: await pythonManifest(detection),
  r: rManifest(detection),
}));

/**
 * Reads the manifest for Python, with requirements in pip's format.
 * @throws `environment-invalid`
 */
export async function pythonManifest({ project, files }: Detection): Promise<Manifest<string> | undefined> {
  const environment = files['environment.yml'];
  if (environment)
    return { name: 'environment.yml', file: environment, asked: await askedOfConda(project, environment) };
  const name = rankedPython(files);
  const file = name && files[name];
  if (!file) return undefined;
  const { asked } = await requirementsOf(project, file, name);
  return { name, file, asked: asked.map(withoutOptions) };
}

/**
 * A conda package differs from pip's package of the same name, but holds the same program. A single `=` matches any
 * version with this prefix.
 */
async function askedOfConda(project: string, file: NamedFile): Promise<string[]> {
  const { packages, pip } = await readCondaFile(file);
  const { asked } = await readListed(project, file, pip);
  return [...packages.map(requirementOfConda), ...asked.map(withoutOptions)];
}

function withoutOptions(requirement: string): string {
  return requirement.replace(/\s--?[a-z-]+[\s=].*$/, '');
}

/** https://docs.conda.io/projects/conda-build/en/stable/resources/package-spec.html#package-match-specifications */
function requirementOfConda(spec: string): string {
  const [, name = '', operator = '', version = ''] =
    /^(?:\S+::)?([\w.-]+)\s*(==|=|[<>!~]=?)?\s*([^=\s]*)/.exec(spec) ?? [];
  if (version === '') return name;
  return operator === '=' ? `${name}==${version.replace(/\.?\*$/, '')}.*` : `${name}${operator}${version}`;
}

/** An R package: a lock asks for exactly this version, a DESCRIPTION for at least this version. */
export interface AskedOfR {
  name: string;
  exact?: string;
  least?: string;
}

/**
 * Reads the manifest for R. ezj cannot know what an install.R installs.
 * @throws `environment-invalid`
 */
export function rManifest({ files }: Detection): Manifest<AskedOfR> | undefined {
  const { 'renv.lock': lock, DESCRIPTION: description } = files;
  if (lock) {
    const packages = Object.entries(tableOf(tableOf(readJsonFile(lock)).Packages));
    const asked = packages.map(([name, value]) => ({ name, exact: String(tableOf(value).Version ?? '') }));
    return { name: 'renv.lock', file: lock, asked };
  }
  if (!description || !isPackageDescription(description)) return undefined;
  return { name: 'DESCRIPTION', file: description, asked: readDescription(description).packages };
}
