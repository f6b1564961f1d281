import path from 'node:path';
import * as z from 'zod';
import { FILE_NAMES } from '../../environments/files/detect.ts';
import { EzjError } from '../../protocol/errors.ts';

/** The first entry of an archive: the manifest. */
export const MANIFEST_NAME = 'ezj-export.json';

/** Last in an archive: the SHA-256 of every entry before it. */
export const CHECKSUMS_NAME = 'ezj-checksums.json';

/**
 * The folder of the project files in an archive. All other entries are those of `docker save`, so `docker load` reads
 * the archive too.
 */
export const PROJECT_FOLDER = 'project/';

const FORMAT = 1;

/** The manifest of an archive: a lock of its content. */
export const archiveManifest = z.object({
  format: z.literal(FORMAT),
  ezj: z.string(),
  created: z.iso.datetime(),
  kind: z.string().regex(/^[a-z0-9][a-z0-9-]{0,39}$/),
  /** Such as `linux/amd64`. */
  platform: z.string(),
  /** The image that sessions start from, and its base image. */
  image: z.string(),
  base: z.string(),
  /** Digests of the base image in registries. */
  baseDigests: z.array(z.string()),
  images: z.array(z.object({ name: z.string(), id: z.string() })).max(20),
  /** Whether a start has to name the base image. */
  named: z.boolean(),
  /** Paths of the project's files, with slashes. */
  files: z.array(z.string()).max(200),
  /** Names and versions of the installed packages, by installer. Installers without packages are missing. */
  packages: z.record(z.string(), z.record(z.string(), z.string())),
});

export type ArchiveManifest = z.infer<typeof archiveManifest>;

/** The number that {@link archiveManifest} asks for. */
export const ARCHIVE_FORMAT = FORMAT;

/**
 * Whether an archive may contain this file of a project: only files that describe environments and the lists that they
 * include. Other files could run when a program looks into the folder, such as `.git/hooks` or `.envrc`.
 */
export function isArchivable(name: string): boolean {
  if (name === 'ezj.yaml') return true;
  const parts = name.split('/');
  if (path.posix.normalize(name) !== name || path.posix.isAbsolute(name) || /[\\\0]/.test(name)) return false;
  const [folder, file] = parts.length === 2 ? parts : ['', parts[0]];
  if (['', 'binder', '.binder'].includes(folder ?? '') && parts.length <= 2 && FILE_NAMES.includes(file ?? ''))
    return true;
  return (
    parts.every((part, i) => !part.startsWith('.') || (i === 0 && part === '.binder')) && /\.(?:txt|in)$/.test(name)
  );
}

/** The error for an invalid archive. */
export function invalidArchive(reason: string, cause?: unknown): EzjError {
  return new EzjError({
    code: 'archive-invalid',
    message: `This is not a complete archive of \`ezj export\`: ${reason}. Nothing was loaded.`,
    hint: 'Copy it again, or export it again.',
    cause,
  });
}
