import { BUILD_FOLDER, CACHE_FOLDERS } from '../build/build-folder.ts';
import { type NamedFile, readNamed } from '../files/named-files.ts';
import type { ProjectCode, Step } from '../step.ts';
import { foreignCode, packagesAsCode } from './foreign-code.ts';
import { type Requirements, readRequirements } from './requirements.ts';

/** `PIP_USER` overrides the pip.conf of ezj's own image. */
const PIP = `PIP_USER=0 PIP_BREAK_SYSTEM_PACKAGES=1 PIP_ROOT_USER_ACTION=ignore python3 -m pip install --progress-bar off --cache-dir ${CACHE_FOLDERS.pip} --only-binary :all:`;

/** Compiles like pip, because the user of a session cannot write the bytecode. */
const UV = `UV_LINK_MODE=copy uv pip install --system --break-system-packages --compile-bytecode --no-progress --cache-dir ${CACHE_FOLDERS.uv} --only-binary :all:`;

/**
 * The step that installs the requirements of `from`, with uv if the image has it. It installs into the image's own folder, because the
 * home folder is a volume that would hide them. A lock is complete, so its step resolves nothing else. Only wheels are installed,
 * because they run no code, except for `sourcePackages`, to which the user has agreed.
 */
export function installRequirements(
  from: string,
  { files, constraints }: Requirements,
  { isLock = false, sourcePackages = [] }: { isLock?: boolean; sourcePackages?: string[] } = {},
): Step {
  const lines = files.flatMap((each) => linesOf(each, constraints.includes(each) ? 'at most ' : ''));
  const what = `${isLock ? '--no-deps ' : ''}-r ${BUILD_FOLDER}/${files[0]?.path}`;
  const sources = sourcePackages.map((name) => ` --no-binary ${name}`).join('');
  const byPip = `${PIP}${sources} ${what}`;
  // uv lets no package of `--only-binary :all:` be an exception.
  const runsCode = sourcePackages.length > 0 || foreignCode(from, lines).length > 0;
  const run =
    !runsCode && lines.every(isKnownToUv)
      ? `if command -v uv > /dev/null; then \\\n ${UV} ${what}; \\\nelse \\\n ${byPip}; \\\nfi`
      : byPip;
  return { from, run, files, caches: ['pip', 'uv'], runsCode, additive: { lines, files } };
}

/** The code that requirements may run: from sources beyond the user's indexes, or of packages without a wheel. */
export function sourcesOf(from: string, { files }: Requirements, sourcePackages: string[] = []): ProjectCode[] {
  const lines = files.flatMap((file) => linesOf(file, ''));
  return [...foreignCode(from, lines), ...packagesAsCode('ezj.yaml', sourcePackages)];
}

/** Adds the prefix `limit`, because a constraint is not a requirement. */
function linesOf({ content }: NamedFile, limit: string): string[] {
  const lines = content.toString().trim().split('\n');
  return lines.map((line) => (line.startsWith('-') ? line : `${limit}${line}`));
}

/** https://docs.astral.sh/uv/pip/compatibility/: uv only warns of these options and ignores them. */
function isKnownToUv(line: string): boolean {
  return !/^--(?:prefer-binary|pre|trusted-host|use-feature)\b/.test(line);
}

/**
 * Requirements from another file. Files that they include lie beside it.
 * @throws `environment-invalid`, with the name of that file
 */
export async function readListed(project: string, { path }: NamedFile, lines: string[]): Promise<Requirements> {
  const listed = { path: `${path}.requirements.txt`, content: Buffer.from(lines.join('\n')), from: path };
  return readRequirements(listed, (name) => readNamed(project, name));
}
