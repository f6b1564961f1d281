import type { Pack } from 'tar-stream';
import type { CallContext } from '../concurrency/shared-work.ts';
import type { Image } from '../engine/engine.ts';
import { parseImageReference } from '../engine/image-reference.ts';
import { withoutSecrets } from '../environments/build/secrets.ts';
import { type NamedFile, readNamed } from '../environments/files/named-files.ts';
import { isOwnImageTag } from '../images/own-images.ts';
import { type FolderEnvironment, folderEnvironment } from '../projects/folder-environment.ts';
import { PROJECT_FILE } from '../projects/project-file.ts';
import type { ExportReport } from '../protocol/archive.ts';
import type { EnvironmentRequest } from '../protocol/environment.ts';
import { EzjError } from '../protocol/errors.ts';
import { VERSION } from '../protocol/version.ts';
import { asSessionHas } from '../sessions/session-environment.ts';
import { ARCHIVE_FORMAT, type ArchiveManifest, isArchivable } from './archive/archive-format.ts';
import { installedPackages } from './archive/image-packages.ts';
import { writeArchive } from './archive/write-archive.ts';
import { builtImage, refuseDockerfile } from './built-environment.ts';
import type { SharingContext } from './context.ts';

/** An environment that is ready to export. */
export interface ReadyEnvironment {
  report: ExportReport;
  archive: Pack;
}

/**
 * Exports the environment of a folder as an archive. It must be built already, because an export runs no code of the
 * folder.
 * @throws `image-not-local`, and `usage` for a file that holds a password, and for an image that a Dockerfile makes
 */
export async function exportEnvironment(
  asked: EnvironmentRequest,
  context: SharingContext,
  { report, signal }: CallContext,
): Promise<ReadyEnvironment> {
  const { engine, info, owner, config } = context;
  const request = await asSessionHas(asked, context);
  const found = await folderEnvironment(request, context);
  const instead = 'Use docker save and docker load for such an image. `ezj env` prints its name.';
  refuseDockerfile(found, 'exports', instead);
  const { image, base } = await builtImage(engine, found, 'exports');
  const files = await filesThatCount(found);
  refuseSecrets(files);
  report({ type: 'step', text: `Listing the packages in ${image.tags[0]}` });
  const packages = await installedPackages({ engine, info, owner, pidsLimit: config['limits.pids'] }, image, signal);
  const baseName = nameOf(base, found);
  const images = [...new Map([image, { ...base, tags: [baseName] }].map((each) => [each.tags[0], each])).values()];
  const manifest: ArchiveManifest = {
    format: ARCHIVE_FORMAT,
    ezj: VERSION,
    created: new Date().toISOString(),
    kind: found.kind.name,
    platform: image.platform,
    image: image.tags[0] ?? image.id,
    base: baseName,
    baseDigests: base.digests,
    images: images.map(({ id, tags }) => ({ name: tags[0] ?? id, id })),
    named: request.image !== undefined,
    files: files.map((file) => file.path),
    packages,
  };
  report({ type: 'step', text: `Exporting ${manifest.image}` });
  return {
    report: {
      project: asked.project,
      kind: manifest.kind,
      image: manifest.image,
      images: manifest.images.map(({ name }) => name),
      files: manifest.files,
    },
    archive: writeArchive(engine, { manifest, files }, { signal }),
  };
}

/** The name under which an import looks for the base image: a name of ezj, or the requested one. */
function nameOf({ id, tags }: Image, { expected }: FolderEnvironment): string {
  const own = tags.find(isOwnImageTag);
  const asked = parseImageReference(expected).familiar;
  return own ?? tags.find((tag) => tag === asked) ?? tags[0] ?? id;
}

/** Reads `ezj.yaml`, the files that describe the environment, and the files that those include. */
async function filesThatCount({ detection: { project, files }, environment }: FolderEnvironment): Promise<NamedFile[]> {
  const included = environment.plan.steps.flatMap((step) => step.files.map((file) => file.path));
  const detected = Object.values(files).map((file) => file.path);
  const names = [...new Set([PROJECT_FILE, ...detected, ...included])].filter(isArchivable);
  const found = await Promise.all(names.map((name) => readNamed(project, name)));
  return found.filter((file) => file !== undefined);
}

/**
 * Whether a line has a URL with more than `:` before its `@`. In two steps, because one expression would take hours for
 * a line of megabytes.
 */
function hasUserInfo(line: string): boolean {
  return [...line.matchAll(/https?:\/\/([^\s/@]*)@/g)].some(([, userInfo]) => /[^:]/.test(userInfo ?? ''));
}

/** `${NAME}` is not a secret: pip replaces it from its environment variables. */
function refuseSecrets(files: NamedFile[]): void {
  for (const { path, content } of files) {
    const lines = content
      .toString('utf8')
      .replaceAll(/\$\{\w+\}/g, '')
      .split('\n');
    const at = lines.findIndex(hasUserInfo);
    if (at === -1) continue;
    throw new EzjError({
      code: 'usage',
      message: `${path}, line ${at + 1}, contains a user name or password: ${withoutSecrets(lines[at] ?? '').trim()}. The archive would contain it too.`,
      hint: `Set the index in pip.conf or PIP_INDEX_URL, or write \${NAME} instead of the password.`,
    });
  }
}
