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

/** `PIP_USER` overrides what ezj's own image says in its pip.conf. */
const PIP = `PIP_USER=0 PIP_BREAK_SYSTEM_PACKAGES=1 PIP_ROOT_USER_ACTION=ignore python3 -m pip install --progress-bar off --cache-dir ${CACHE_FOLDERS.pip}`;

/** Compiled as pip does it: a user of the session could not write it down. */
const UV = `UV_LINK_MODE=copy uv pip install --system --break-system-packages --compile-bytecode --no-progress --cache-dir ${CACHE_FOLDERS.uv}`;

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

/** By uv where the image has it. A lock is whole: nothing is looked for beyond it. */
function installStep(file: NamedFile, { files, constraints }: Requirements, isLock: boolean): Step {
  const lines = files.flatMap((each) => linesOf(each, constraints.includes(each) ? 'at most ' : ''));
  const what = `${isLock ? '--no-deps ' : ''}-r ${BUILD_FOLDER}/${files[0]?.path}`;
  const byPip = `${PIP} ${what}`;
  const run = lines.every(isKnownToUv)
    ? `if command -v uv > /dev/null; then \\\n ${UV} ${what}; \\\nelse \\\n ${byPip}; \\\nfi`
    : byPip;
  return { from: file.path, run, files, caches: ['pip', 'uv'], additive: { lines, files } };
}

/** What a line limits is not what it asks for: `limit` is put before it. */
function linesOf({ content }: NamedFile, limit: string): string[] {
  const lines = content.toString().trim().split('\n');
  return lines.map((line) => (line.startsWith('-') ? line : `${limit}${line}`));
}

/** https://docs.astral.sh/uv/pip/compatibility/: what it only warns of would be left out. */
function isKnownToUv(line: string): boolean {
  return !/^--(?:prefer-binary|pre|trusted-host|use-feature)\b/.test(line);
}

/** The first of the files that say which packages of Python a project needs. */
export function rankedPython(files: Detection['files']): (typeof BY_RANK)[number] | undefined {
  return BY_RANK.find((name) => files[name]);
}

/** What a file of Python asks for. @throws `environment-invalid` */
export async function requirementsOf(
  project: string,
  file: NamedFile,
  name: EnvironmentFileName,
): Promise<Requirements> {
  if (name === 'requirements.txt') return readRequirements(file, (each) => readNamed(project, each));
  const read = { 'pyproject.toml': readPyproject, Pipfile: readPipfile }[name as string] ?? readLock;
  const { requirements, notes } = await read(file);
  const wrong = requirements.find((line) => line.startsWith('-') || /[\r\n]/.test(line));
  if (wrong !== undefined) throw invalid(file.path, `${JSON.stringify(wrong)} is no requirement`);
  const content = Buffer.from(requirements.join('\n'));
  const checked = await readRequirements(
    { path: `${file.path}.requirements.txt`, content, from: file.path },
    async () => undefined,
  );
  return { ...checked, notes: [...notes, ...checked.notes] };
}

function setupPy({ path }: NamedFile): Verdict {
  return { file: path, used: false, why: 'only running it would tell: list what it needs in requirements.txt' };
}
