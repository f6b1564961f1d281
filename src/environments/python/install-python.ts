import { BUILD_FOLDER, CACHE_FOLDERS } from '../build/build-folder.ts';
import { type NamedFile, readNamed } from '../files/named-files.ts';
import type { ProjectCode, Step } from '../step.ts';
import { foreignCode } from './foreign-code.ts';
import { type Requirements, readRequirements } from './requirements.ts';

/** `PIP_USER` overrides what ezj's own image says in its pip.conf. */
const PIP = `PIP_USER=0 PIP_BREAK_SYSTEM_PACKAGES=1 PIP_ROOT_USER_ACTION=ignore python3 -m pip install --progress-bar off --cache-dir ${CACHE_FOLDERS.pip}`;

/** Compiled as pip does it: a user of the session could not write it down. */
const UV = `UV_LINK_MODE=copy uv pip install --system --break-system-packages --compile-bytecode --no-progress --cache-dir ${CACHE_FOLDERS.uv}`;

/**
 * The step that installs requirements which `from` asks for, by uv where the image has it. Into the image's own folder, for the
 * home folder is a volume that would hide them. A lock is whole: nothing is looked for beyond it.
 */
export function installRequirements(from: string, { files, constraints }: Requirements, isLock = false): Step {
  const lines = files.flatMap((each) => linesOf(each, constraints.includes(each) ? 'at most ' : ''));
  const what = `${isLock ? '--no-deps ' : ''}-r ${BUILD_FOLDER}/${files[0]?.path}`;
  const byPip = `${PIP} ${what}`;
  const run = lines.every(isKnownToUv)
    ? `if command -v uv > /dev/null; then \\\n ${UV} ${what}; \\\nelse \\\n ${byPip}; \\\nfi`
    : byPip;
  return { from, run, files, caches: ['pip', 'uv'], additive: { lines, files } };
}

/** Where requirements come from that no index of the user's has. */
export function sourcesOf(from: string, { files }: Requirements): ProjectCode[] {
  return foreignCode(
    from,
    files.flatMap((file) => linesOf(file, '')),
  );
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

/**
 * Requirements that another file lists; those that they include lie beside it.
 * @throws `environment-invalid` by the name of that file
 */
export async function readListed(project: string, { path }: NamedFile, lines: string[]): Promise<Requirements> {
  const listed = { path: `${path}.requirements.txt`, content: Buffer.from(lines.join('\n')), from: path };
  return readRequirements(listed, (name) => readNamed(project, name));
}
