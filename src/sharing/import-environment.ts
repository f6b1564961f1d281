import { randomBytes } from 'node:crypto';
import type { Readable } from 'node:stream';
import type { CallContext } from '../concurrency/shared-work.ts';
import type { Engine, EngineInfo } from '../engine/engine.ts';
import { parseImageReference } from '../engine/image-reference.ts';
import type { ImportedImages } from '../environments/build/sources.ts';
import type { NamedFile } from '../environments/files/named-files.ts';
import { importedFor } from '../environments/imported.ts';
import { isEnvironmentTag } from '../environments/tags.ts';
import { isOwnImageTag } from '../images/own-images.ts';
import { rootOf } from '../project-files/write.ts';
import type { ImportReport, ImportRequest } from '../protocol/archive.ts';
import { EzjError } from '../protocol/errors.ts';
import { filesToWrite, writeFiles } from './archive/archive-folder.ts';
import { type ArchiveManifest, invalidArchive } from './archive/archive-format.ts';
import { readArchive } from './archive/read-archive.ts';
import type { SharingContext } from './context.ts';

/** An image of an archive, and the name that it gets here. */
interface Chosen {
  name: string;
  tag: string;
}

/**
 * Loads the images of an archive for one folder and writes its files, all or nothing. The images get names that nothing
 * else looks for, and a record makes them known to that folder alone. An image that ezj built here under the same name
 * is equivalent, so the folder keeps it.
 * @throws `archive-invalid`, `image-unsuitable`, `file-taken`, `disk-full`, `cancelled`
 */
export async function importEnvironment(
  archive: Readable,
  { project, folder }: ImportRequest,
  { engine, info, records }: SharingContext,
  { report, signal }: CallContext,
): Promise<ImportReport> {
  let chosen: Chosen[] = [];
  let written: NamedFile[] = [];
  const imported = importedFor(engine, { records, project: rootOf(project) ?? project });
  const { manifest } = await readArchive(engine, archive, {
    signal,
    choose: async (head) => {
      refuseOtherPlatform(head.manifest, info);
      if (folder !== undefined) written = await filesToWrite(folder, head.files);
      chosen = await imagesToLoad(engine, head.manifest, imported);
      const names = chosen.map(({ name }) => name);
      if (names.length > 0) report({ type: 'step', text: `Loading ${names.join(', ')} for ${project}` });
      return new Map(chosen.map(({ name, tag }) => [name, tag]));
    },
  });
  const serving = await keep(chosen, { engine, records, project }, async () => {
    if (folder !== undefined) await writeFiles(folder, written);
  });
  return {
    image: manifest.image,
    project: serving,
    loaded: chosen.map(({ name }) => name),
    written: written.map(({ path }) => path),
    kind: manifest.kind,
    startOptions: [
      ...(manifest.kind === 'python' ? [] : ['--kind', manifest.kind]),
      ...(manifest.named ? ['--image', manifest.base] : []),
    ],
  };
}

/**
 * Makes loaded images known to their folder, after `write`, and returns the folder's real path. If that fails, removes
 * the images.
 */
async function keep(
  chosen: Chosen[],
  { engine, records, project }: Pick<SharingContext, 'engine' | 'records'> & { project: string },
  write: () => Promise<void>,
): Promise<string> {
  try {
    const images = await Promise.all(chosen.map(({ tag }) => engine.inspectImage(tag)));
    const missing = chosen.find((_, i) => images[i] === undefined);
    if (missing) throw invalidArchive(`it lists ${missing.name}, and has no such image`);
    await write();
    const serving = rootOf(project) ?? project;
    for (const [i, { name, tag }] of chosen.entries())
      records.imported(tag, { project: serving, name, id: images[i]?.id ?? '' });
    return serving;
  } catch (error) {
    for (const { tag } of chosen) await engine.removeImage(tag).catch(() => {});
    throw error;
  }
}

/** Selects the images that this folder does not have yet, and names for them. */
async function imagesToLoad(
  engine: Engine,
  { images, image, base }: ArchiveManifest,
  imported: ImportedImages,
): Promise<Chosen[]> {
  const chosen: Chosen[] = [];
  for (const { name, id } of images) {
    checkName(name, { image, base });
    const local = await engine.inspectImage(name);
    if (local && (local.id === id || isOwnName(name))) continue;
    if ((await imported.named(name))?.id === id) continue;
    chosen.push({ name, tag: tagFor(name) });
  }
  return chosen;
}

/** A new name. No image can have it yet, so none can lose it. */
function tagFor(name: string): string {
  const ofEnvironment = /^ezj\/env-([a-z0-9-]+):/.exec(name)?.[1];
  return `ezj/imported-${ofEnvironment ?? 'base'}:${randomBytes(6).toString('hex')}`;
}

/** Names of ezj contain a hash of the sources, so two images with the same name that were built here are equivalent. */
function isOwnName(name: string): boolean {
  return isEnvironmentTag(name) || isOwnImageTag(name);
}

/** Allows only the two names of the manifest. A name with the prefix `ezj/` must be one that ezj gives. */
function checkName(name: string, { image, base }: Pick<ArchiveManifest, 'image' | 'base'>): void {
  if (name !== image && name !== base)
    throw invalidArchive(`it lists ${JSON.stringify(name)}, which is neither its environment nor its base image`);
  const isName = isOwnName(name) || (!name.startsWith('ezj/') && isFamiliar(name));
  if (!isName)
    throw invalidArchive(
      `it lists ${JSON.stringify(name)}, which is not a valid name of an environment or a base image`,
    );
}

function isFamiliar(name: string): boolean {
  try {
    return parseImageReference(name).familiar === name;
  } catch {
    return false;
  }
}

/** Names that engines use for each architecture of images. */
const ARCHITECTURES: Record<string, string[]> = { amd64: ['amd64', 'x86_64'], arm64: ['arm64', 'aarch64'] };

function refuseOtherPlatform({ platform }: ArchiveManifest, { architecture }: EngineInfo): void {
  const wanted = platform.split('/')[1] ?? '';
  if ((ARCHITECTURES[wanted] ?? [wanted]).includes(architecture)) return;
  throw new EzjError({
    code: 'image-unsuitable',
    message: `The archive is for ${platform}, and this engine runs on ${architecture}.`,
    hint: 'Export it on a machine like this one, or build here from the same files.',
  });
}
