import type { Readable } from 'node:stream';
import type { CallContext } from '../concurrency/shared-work.ts';
import type { Engine, EngineInfo } from '../engine/engine.ts';
import { parseImageReference } from '../engine/image-reference.ts';
import type { NamedFile } from '../environments/files/named-files.ts';
import { isEnvironmentTag } from '../environments/tags.ts';
import type { ImportReport, ImportRequest } from '../protocol/archive.ts';
import { EzjError } from '../protocol/errors.ts';
import { filesToWrite, writeFiles } from './archive/archive-folder.ts';
import { type ArchiveManifest, invalidArchive } from './archive/archive-format.ts';
import { readArchive } from './archive/read-archive.ts';
import type { SharingContext } from './context.ts';

/**
 * Loads the images of an archive and writes its files, all or nothing. An existing image of the same name stays, unless
 * `force` is set. For an environment or a base image of ezj it is equivalent; any other image is an error.
 * @throws `archive-invalid`, `image-taken`, `image-unsuitable`, `file-taken`, `disk-full`, `cancelled`
 */
export async function importEnvironment(
  archive: Readable,
  { folder, force }: ImportRequest,
  { engine, info, records }: SharingContext,
  { report, signal }: CallContext,
): Promise<ImportReport> {
  let loaded: string[] = [];
  let written: NamedFile[] = [];
  const { manifest } = await readArchive(engine, archive, {
    signal,
    choose: async (head) => {
      refuseOtherPlatform(head.manifest, info);
      if (folder !== undefined) written = await filesToWrite(folder, head.files);
      loaded = await namesToLoad(engine, head.manifest, force);
      if (loaded.length > 0) report({ type: 'step', text: `Loading ${loaded.join(', ')}` });
      return loaded;
    },
  });
  const tags = loaded.filter(isEnvironmentTag);
  for (const tag of tags) records.imported(tag);
  if (folder !== undefined) await writeFiles(folder, written);
  return {
    image: manifest.image,
    loaded,
    written: written.map(({ path }) => path),
    kind: manifest.kind,
    startOptions: [
      ...(manifest.kind === 'python' ? [] : ['--kind', manifest.kind]),
      ...(manifest.named ? ['--image', manifest.base] : []),
    ],
  };
}

/** Selects the images to load into this engine. */
async function namesToLoad(
  engine: Engine,
  { images, image, base }: ArchiveManifest,
  force: boolean,
): Promise<string[]> {
  const names: string[] = [];
  for (const { name, id } of images) {
    checkName(name, { image, base });
    const local = await engine.inspectImage(name);
    if (local?.id === id) continue;
    if (local === undefined || force) names.push(name);
    else if (!isOwnName(name)) throw taken(name);
  }
  return names;
}

/** Names of ezj contain a hash of the sources, so two images with the same name are equivalent. */
function isOwnName(name: string): boolean {
  return isEnvironmentTag(name) || /^ezj\/(?:base|python|r):[0-9a-f]{12}$/.test(name);
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

function taken(name: string): EzjError {
  return new EzjError({
    code: 'image-taken',
    message: `The archive contains ${name}, but another image already has this name here.`,
    hint: 'To keep the other image, give it another name (`docker tag`). To replace it, add --force.',
  });
}
