import path from 'node:path';
import type { Detection, EnvironmentFileName } from '../environments/files/detect.ts';
import { decode } from '../environments/files/named-files.ts';
import { isolated } from '../parsing/isolated.ts';
import type { InstalledPackage, Language, SaveReport } from '../protocol/environment.ts';
import { EzjError } from '../protocol/errors.ts';
import type { Addition, Written } from './addition.ts';
import type { Installed } from './diff.ts';
import { lineDiff } from './line-diff.ts';
import { type Manifest, pythonManifest, rManifest } from './manifest.ts';
import { writeInPlace } from './write-in-place.ts';

/** The commands that write the locks of Python. These locks hold more than ezj knows about an installed package. */
const WRITTEN_BY: Partial<Record<EnvironmentFileName, (requirements: string) => string>> = {
  'uv.lock': (requirements) => `uv add ${requirements}`,
  'Pipfile.lock': (requirements) => `pipenv install ${requirements}`,
  'pylock.toml': (requirements) =>
    `add ${requirements} to the file that it was made from, and lock again, for example with \`pip lock\``,
};

/** The mirror that a new renv.lock names. The mirror of this machine may not work for others. */
const CRAN = 'https://cloud.r-project.org';

/**
 * Writes installed packages that the project files do not ask for into the manifests that count. Without a manifest,
 * creates a requirements.txt or renv.lock. With `dryRun`, only returns the changes.
 * @throws `usage` if only its own tool can write a file, `environment-invalid`, `not-writable`
 */
export async function saveInstalled(
  detection: Detection,
  installed: Installed,
  { dryRun }: { dryRun: boolean },
): Promise<Pick<SaveReport, 'files' | 'notes'>> {
  // Prepares all changes before it writes the first one.
  const { changes, notes } = await planSave(detection, installed);
  if (!dryRun) {
    for (const { report, read, content } of changes)
      await writeInPlace(detection.project, report.file, { read, content });
  }
  return { files: changes.map(({ report }) => report), notes };
}

/** A file to write: its content before and after. */
interface Change {
  read: Buffer | undefined;
  content: Buffer;
  report: SaveReport['files'][number];
}

const planSave = isolated(
  'planSave',
  async (
    detection: Detection,
    { packages, dependencies, rVersion }: Installed,
  ): Promise<{ changes: Change[]; notes: string[] }> => {
    const of = (language: Language) => packages.filter((each) => each.language === language);
    const python = await pythonManifest(detection);
    const r = rManifest(detection);
    // A lock is complete, so it also lists the dependencies.
    const alongR = r?.name === 'DESCRIPTION' ? [] : dependencies.filter(({ language }) => language === 'r');
    const wanted = [
      { manifest: python, name: python?.name ?? 'requirements.txt', ...additionsOf(of('python')) },
      { manifest: r, name: r?.name ?? 'renv.lock', ...additionsOf([...of('r'), ...alongR]) },
    ] as const;
    const planned = [];
    for (const { manifest, name, additions } of wanted) {
      if (additions.length === 0) continue;
      const file = manifest?.file.path ?? path.posix.join(detection.folder, name);
      planned.push(await planChange({ manifest, name, file }, additions, rVersion));
    }
    const notes = [...wanted.flatMap(({ left }) => left), ...planned.flatMap((each) => each.notes)];
    return { changes: planned.flatMap(({ change }) => change ?? []), notes };
  },
);

async function planChange(
  { manifest, name, file }: { manifest?: Manifest<unknown>; name: EnvironmentFileName; file: string },
  additions: Addition[],
  rVersion: string,
): Promise<{ change?: Change; notes: string[] }> {
  const before = manifest && textOf(manifest);
  const { text, packages, notes } = await writerOf(name)(before, additions, { file, rVersion });
  if (text === (before ?? '')) return { notes };
  const report = { file, created: before === undefined, packages, diff: lineDiff(before ?? '', text, file) };
  return { change: { read: manifest?.file.content, content: encoderOf(manifest)(text), report }, notes };
}

type Writer = (
  text: string | undefined,
  additions: Addition[],
  options: { file: string; rVersion: string },
) => Promise<Written>;

function writerOf(name: EnvironmentFileName): Writer {
  const writtenBy = WRITTEN_BY[name];
  if (writtenBy) {
    return async (_, additions, { file }) => {
      throw byHand(
        file,
        'can be written only by its own tool',
        writtenBy(additions.map(({ requirement }) => requirement).join(' ')),
      );
    };
  }
  return WRITERS[name] ?? writeLines;
}

// Loads parsers only on use, because few calls need them.
const WRITERS: Partial<Record<EnvironmentFileName, Writer>> = {
  'environment.yml': async (text = '', additions) => (await import('./write-conda.ts')).writeConda(text, additions),
  'pyproject.toml': async (text = '', additions, { file }) => {
    const written = (await import('./write-toml.ts')).writePyproject(text, additions);
    if (written) return written;
    const list = additions.map(({ requirement }) => JSON.stringify(requirement)).join(', ');
    throw byHand(file, 'has no project.dependencies that ezj can add to', `add ${list} to its requirements`);
  },
  Pipfile: async (text = '', additions, { file }) => {
    const written = (await import('./write-toml.ts')).writePipfile(text, additions);
    if (written) return written;
    const list = additions.map(({ requirement }) => requirement).join(' ');
    throw byHand(file, 'has no packages list that ezj can add to', `pipenv install ${list}`);
  },
  'renv.lock': async (text, additions, { rVersion }) =>
    (await import('./write-r.ts')).writeRenvLock(text, additions, { rVersion, cran: CRAN }),
  DESCRIPTION: async (text = '', additions) => (await import('./write-r.ts')).writeDescription(text, additions),
};

async function writeLines(text = '', additions: Addition[], { file }: { file: string }): Promise<Written> {
  return (await import('./write-requirements.ts')).writeRequirements(text, additions, file);
}

function additionsOf(packages: InstalledPackage[]): { additions: Addition[]; left: string[] } {
  const left = packages.filter(({ requirement }) => requirement === undefined);
  return {
    additions: packages.flatMap(({ name, version, requirement, asked }) =>
      requirement === undefined ? [] : [{ name, version, requirement, isNamed: asked !== undefined }],
    ),
    left: left.map(
      ({ name, source }) => `${name} is left out: it was installed from ${source}, which other machines do not have`,
    ),
  };
}

function textOf({ file }: Manifest<unknown>): string {
  const text = decode(file.content);
  if (encoderOf({ file })(text).equals(file.content)) return text;
  throw byHand(file.path, 'is not in UTF-8, and ezj cannot add to it without changing the rest', 'save it as UTF-8');
}

/** Encodes a text like the file, with its byte order mark. */
function encoderOf(manifest: Pick<Manifest<unknown>, 'file'> | undefined): (text: string) => Buffer {
  const content = manifest?.file.content ?? Buffer.alloc(0);
  if (content[0] === 0xff && content[1] === 0xfe) return (text) => Buffer.from(`\ufeff${text}`, 'utf16le');
  const mark = content[0] === 0xef && content[1] === 0xbb ? '\ufeff' : '';
  return (text) => Buffer.from(mark + text, 'utf8');
}

function byHand(file: string, why: string, hint: string): EzjError {
  return new EzjError({ code: 'usage', message: `${file} ${why}: nothing was changed.`, hint });
}
