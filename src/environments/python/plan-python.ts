import type { Detection, EnvironmentFileName } from '../files/detect.ts';
import { invalid } from '../files/invalid.ts';
import { type NamedFile, readNamed } from '../files/named-files.ts';
import { countOf, type EnvironmentPlan, type FileDecision, NOTHING } from '../step.ts';
import { installRequirements, readListed, sourcesOf } from './install-python.ts';
import { readLock } from './locked-python.ts';
import { readPipfile } from './pipfile.ts';
import { readPyproject } from './pyproject.ts';
import { type Requirements, readRequirements } from './requirements.ts';

/** The order of precedence of files: exact ones first. */
const BY_RANK = ['uv.lock', 'pylock.toml', 'Pipfile.lock', 'Pipfile', 'requirements.txt', 'pyproject.toml'] as const;
const LOCKS: EnvironmentFileName[] = ['uv.lock', 'pylock.toml', 'Pipfile.lock'];

/** Python's packages. `conda` is the result of environment.yml, which may include a file that would otherwise count. */
export async function planPython(
  { project, files }: Detection,
  kind: string,
  { conda, sourcePackages }: { conda: EnvironmentPlan; sourcePackages?: string[] },
): Promise<EnvironmentPlan> {
  const [first, ...others] = BY_RANK.filter((name) => files[name]);
  const file = first && files[first];
  const unused: FileDecision[] = [
    ...others.map((name) => ({ file: files[name]?.path ?? name, used: false, why: `${first} comes before it` })),
    ...(files['setup.py'] ? [setupPy(files['setup.py'])] : []),
  ];
  if (!file) return { ...NOTHING, decisions: unused };
  const environment = files['environment.yml'];
  if (kind === 'rstudio' || environment) {
    const used = conda.steps.some((step) => step.files.some(({ path }) => path === file.path));
    const word = used ? 'includes it' : 'comes before it';
    const why = environment ? `environment.yml ${word}` : 'RStudio has no Python';
    return { ...NOTHING, decisions: [{ file: file.path, used, why }, ...unused] };
  }
  const isLock = LOCKS.includes(first);
  const requirements = await requirementsOf(project, file, first);
  const used = requirements.count > 0;
  const decisions = [
    { file: file.path, used, why: countOf(requirements.count, isLock ? 'locked package' : 'requirement') },
    ...unused,
  ];
  if (!used) return { ...NOTHING, decisions, notes: requirements.notes };
  const steps = [installRequirements(file.path, requirements, { isLock, sourcePackages })];
  return { steps, decisions, code: sourcesOf(file.path, requirements, sourcePackages), notes: requirements.notes };
}

/** The first of the files that list the Python packages of a project. */
export function rankedPython(files: Detection['files']): (typeof BY_RANK)[number] | undefined {
  return BY_RANK.find((name) => files[name]);
}

/** The requirements of a Python file. @throws `environment-invalid` */
export async function requirementsOf(
  project: string,
  file: NamedFile,
  name: EnvironmentFileName,
): Promise<Requirements> {
  if (name === 'requirements.txt') return readRequirements(file, (each) => readNamed(project, each));
  const read = { 'pyproject.toml': readPyproject, Pipfile: readPipfile }[name as string] ?? readLock;
  const { requirements, notes } = await read(file);
  const wrong = requirements.find((line) => line.startsWith('-') || /[\r\n]/.test(line));
  if (wrong !== undefined) throw invalid(file.path, `${JSON.stringify(wrong)} is not a requirement`);
  const checked = await readListed(project, file, requirements);
  return { ...checked, notes: [...notes, ...checked.notes] };
}

function setupPy({ path }: NamedFile): FileDecision {
  return { file: path, used: false, why: 'only running it would show its packages: list them in requirements.txt' };
}
