import { BUILD_FOLDER, CACHE_FOLDERS } from './build-folder.ts';
import type { Detection, EnvironmentFileName } from './detect.ts';
import { invalid } from './invalid.ts';
import { readLock } from './locked-python.ts';
import { type NamedFile, readNamed } from './named-files.ts';
import { readPipfile } from './pipfile.ts';
import { readPyproject } from './pyproject.ts';
import { type Requirements, readRequirements } from './requirements.ts';
import { countOf, type EnvironmentPlan, NOTHING, type Step, type Verdict } from './step.ts';

/** Which file counts where there are several: what is exact comes first. */
const BY_RANK = ['uv.lock', 'pylock.toml', 'Pipfile.lock', 'Pipfile', 'requirements.txt', 'pyproject.toml'] as const;
const LOCKS: EnvironmentFileName[] = ['uv.lock', 'pylock.toml', 'Pipfile.lock'];

/** Python's packages. Into the image's own folder, for the home folder is a volume that would hide them. */
export async function planPython({ project, files }: Detection, kind: string): Promise<EnvironmentPlan> {
  const [first, ...others] = BY_RANK.filter((name) => files[name]);
  const file = first && files[first];
  const unused: Verdict[] = [
    ...others.map((name) => ({ file: files[name]?.path ?? name, used: false, why: `${first} comes before it` })),
    ...(files['setup.py'] ? [setupPy(files['setup.py'])] : []),
  ];
  if (!file) return { ...NOTHING, verdicts: unused };
  const environment = files['environment.yml'];
  if (kind === 'rstudio' || environment) {
    const why = environment ? 'environment.yml comes before it' : 'RStudio has no Python';
    return { ...NOTHING, verdicts: [{ file: file.path, used: false, why }, ...unused] };
  }
  const isLock = LOCKS.includes(first);
  const requirements = await requirementsOf(project, file, first);
  const used = requirements.count > 0;
  const verdicts = [
    { file: file.path, used, why: countOf(requirements.count, isLock ? 'locked package' : 'requirement') },
    ...unused,
  ];
  if (!used) return { ...NOTHING, verdicts, notes: requirements.notes };
  return { steps: [installStep(file, requirements, isLock)], verdicts, notes: requirements.notes };
}

/** `PIP_USER` overrides what ezj's own image says in its pip.conf. A lock is whole: nothing is looked for beyond it. */
function installStep(file: NamedFile, { files }: Requirements, isLock: boolean): Step {
  const options = `--progress-bar off --cache-dir ${CACHE_FOLDERS.pip}${isLock ? ' --no-deps' : ''}`;
  return {
    from: file.path,
    run: `export PIP_USER=0 PIP_BREAK_SYSTEM_PACKAGES=1 PIP_ROOT_USER_ACTION=ignore\npython3 -m pip install ${options} -r ${BUILD_FOLDER}/${files[0]?.path}`,
    files,
    caches: ['pip'],
    lines: files.flatMap(({ content }) => content.toString().trim().split('\n')),
  };
}

async function requirementsOf(project: string, file: NamedFile, name: EnvironmentFileName): Promise<Requirements> {
  if (name === 'requirements.txt') return readRequirements(file, (each) => readNamed(project, each));
  const read = { 'pyproject.toml': readPyproject, Pipfile: readPipfile }[name as string] ?? readLock;
  const { requirements, notes } = await read(file);
  const wrong = requirements.find((line) => line.startsWith('-') || /[\r\n]/.test(line));
  if (wrong !== undefined) throw invalid(file.path, `${JSON.stringify(wrong)} is no requirement`);
  const content = Buffer.from(requirements.join('\n'));
  const checked = await readRequirements({ path: `${file.path}.requirements.txt`, content }, async () => undefined);
  return { ...checked, notes: [...notes, ...checked.notes] };
}

function setupPy({ path }: NamedFile): Verdict {
  return { file: path, used: false, why: 'only running it would tell: list what it needs in requirements.txt' };
}
