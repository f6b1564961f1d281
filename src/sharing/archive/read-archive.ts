import path from 'node:path';
import { Readable } from 'node:stream';
import { extract, type Pack, pack } from 'tar-stream';
import type { Engine } from '../../engine/engine.ts';
import { familiarTag, parseImageReference } from '../../engine/image-reference.ts';
import type { NamedFile } from '../../environments/files/named-files.ts';
import { tagHash } from '../../environments/tags.ts';
import { EzjError } from '../../protocol/errors.ts';
import {
  type ArchiveManifest,
  archiveManifest,
  CHECKSUMS_NAME,
  invalidArchive,
  MANIFEST_NAME,
  PROJECT_FOLDER,
} from './archive-format.ts';
import { addFile, copyEntry, type Entry, readEntry, sha256 } from './tar-entries.ts';

/** The limit for each entry in memory, and for all project files together. */
const LIMIT_BYTES = 16 * 2 ** 20;
const LIMIT_FILES_BYTES = 4 * LIMIT_BYTES;

/** Images have some hundred layers, each of some entries. */
const MOST_ENTRIES = 10_000;

/**
 * The lists in which `docker save` names the images: one for Docker and Podman, and the OCI index that newer engines
 * add.
 */
const IMAGE_LIST = 'manifest.json';
const OCI_LIST = 'index.json';
/** A list for engines from before 2015. */
const OLD_LIST = 'repositories';
const LISTS = [IMAGE_LIST, OCI_LIST, OLD_LIST];

/** The entries before the images. */
export interface ArchiveHead {
  manifest: ArchiveManifest;
  files: NamedFile[];
}

/** Selects the images to load: by their names in the archive, the names that they get here. */
type Choose = (head: ArchiveHead) => Promise<Map<string, string>>;

/**
 * Reads an archive from a stream and loads the images whose names `choose` returns. The engine gets the images as they
 * arrive, but the end only after all checksums match, so a truncated or changed archive leaves nothing. The lists of
 * images are written anew, with the chosen images and their new names only.
 * @throws `archive-invalid`, `disk-full`, `cancelled`, and the errors of `choose`
 */
export async function readArchive(
  engine: Engine,
  archive: Readable,
  { choose, signal }: { choose: Choose; signal: AbortSignal },
): Promise<ArchiveHead> {
  const entries = extract();
  archive.once('error', (error) => entries.destroy(error));
  signal.addEventListener('abort', () => entries.destroy(new Error('cancelled')), { once: true });
  archive.pipe(entries);
  const reading: Reading = { engine, signal, choose, checksums: {}, files: [], filesBytes: 0, names: new Set() };
  try {
    for await (const entry of entries) await takeEntry(entry, reading);
    return await complete(reading);
  } catch (error) {
    await giveUp(reading);
    throw toArchiveError(error, signal);
  }
}

interface Reading {
  engine: Engine;
  signal: AbortSignal;
  choose: Choose;
  manifest?: ArchiveManifest;
  files: NamedFile[];
  filesBytes: number;
  checksums: Record<string, string>;
  /** Checksums of all entries so far. */
  names: Set<string>;
  /** The target of the images; set from their first entry on. */
  load?: Load;
  whole?: boolean;
}

interface Load {
  names: Map<string, string>;
  /** Undefined if no image is wanted. */
  tar?: Pack;
  /** Never rejects. */
  failure: Promise<unknown>;
  listed: boolean;
}

async function takeEntry(entry: Entry, reading: Reading): Promise<void> {
  const { name, type } = entry.header;
  const whole = () => readEntry(entry, LIMIT_BYTES, () => invalidArchive(`${JSON.stringify(name)} is too big`));
  if (reading.whole) throw invalidArchive('there is data after its end');
  checkEntry(name, reading);
  if (reading.manifest === undefined) {
    if (name !== MANIFEST_NAME) throw invalidArchive(`it does not begin with ${MANIFEST_NAME}`);
    const content = await whole();
    reading.checksums[name] = sha256(content);
    reading.manifest = parseManifest(content);
  } else if (name === CHECKSUMS_NAME) {
    compare(parseJson(await whole()), reading.checksums);
    reading.whole = true;
  } else if (name.startsWith(PROJECT_FOLDER) && reading.load === undefined) {
    const file = name.slice(PROJECT_FOLDER.length);
    if (type !== 'file') throw invalidArchive(`${JSON.stringify(name)} is not a file`);
    if (!reading.manifest.files.includes(file)) throw invalidArchive(`it does not list ${JSON.stringify(file)}`);
    reading.filesBytes += entry.header.size ?? 0;
    if (reading.filesBytes > LIMIT_FILES_BYTES) throw invalidArchive('its files are too big');
    const content = await whole();
    reading.checksums[name] = sha256(content);
    reading.files.push({ path: file, content });
  } else reading.checksums[name] = await takeImageEntry(entry, whole, reading);
}

/**
 * Refuses other spellings of a name: the engine unpacks all entries into one folder, where such an entry would replace
 * a list.
 */
function checkEntry(name: string, reading: Reading): void {
  const plain = name.replace(/\/$/, '');
  const isPlain = path.posix.normalize(plain) === plain && !plain.startsWith('/') && !/^\.\.(?:\/|$)|^\.?$/.test(plain);
  const isHidden = LISTS.includes(path.posix.basename(plain)) && !LISTS.includes(name);
  if (!isPlain || isHidden) throw invalidArchive(`${JSON.stringify(name)} is not a valid entry name`);
  if (reading.names.has(name) && plain === name) throw invalidArchive(`it holds ${JSON.stringify(name)} twice`);
  reading.names.add(name);
  if (reading.names.size > MOST_ENTRIES) throw invalidArchive(`it has more than ${MOST_ENTRIES} entries`);
}

async function takeImageEntry(entry: Entry, whole: () => Promise<Buffer>, reading: Reading): Promise<string> {
  reading.load ??= await beginLoad(reading);
  const { load } = reading;
  const { name } = entry.header;
  if (!LISTS.includes(name)) {
    // Reads unwanted entries too, to check their checksums.
    return copyEntry(entry, load.tar ?? discarding());
  }
  const content = await whole();
  if (name === IMAGE_LIST) load.listed = true;
  const chosen = CHOOSE[name]?.(content, load.names);
  if (load.tar && chosen) await addFile(load.tar, name, chosen);
  return sha256(content);
}

async function beginLoad({ engine, signal, choose, manifest, files }: Reading): Promise<Load> {
  const names = await choose({ manifest: manifest as ArchiveManifest, files });
  if (names.size === 0) return { names, failure: Promise.resolve(undefined), listed: false };
  const tar = pack();
  const failure = engine.loadImages(Readable.from(tar), { signal }).then(
    () => undefined,
    (error: Error) => {
      tar.destroy(error);
      return error;
    },
  );
  return { names, tar, failure, listed: false };
}

const CHOOSE: Record<string, (content: Buffer, names: Map<string, string>) => Buffer> = {
  [IMAGE_LIST]: chooseFromList,
  [OCI_LIST]: chooseFromIndex,
};

/** A target that discards the archive. */
function discarding(): Pack {
  const tar = pack();
  tar.resume();
  return tar;
}

async function complete({ manifest, files, whole, load, checksums }: Reading): Promise<ArchiveHead> {
  if (manifest === undefined) throw invalidArchive('it is empty');
  if (!whole) throw invalidArchive('its end is missing');
  if (!load?.listed) throw invalidArchive(`it has no images: no ${IMAGE_LIST}`);
  const missing = manifest.files.find((file) => checksums[`${PROJECT_FOLDER}${file}`] === undefined);
  if (missing !== undefined) throw invalidArchive(`${missing} is missing`);
  load.tar?.finalize();
  const failure = await load.failure;
  if (failure) throw failure;
  return { manifest, files };
}

/** Ends the stream to the engine with an error. Resolves when the engine has released it. */
async function giveUp({ load }: Reading): Promise<void> {
  load?.tar?.destroy(new Error('given up'));
  await load?.failure;
}

function toArchiveError(error: unknown, signal: AbortSignal): unknown {
  if (signal.aborted) return new EzjError({ code: 'cancelled', message: 'Cancelled.', cause: error });
  return error instanceof EzjError ? error : invalidArchive((error as Error).message, error);
}

function parseManifest(content: Buffer): ArchiveManifest {
  const parsed = archiveManifest.safeParse(parseJson(content));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw invalidArchive(`${MANIFEST_NAME}: ${issue?.path.join('.')}: ${issue?.message}`);
}

function parseJson(content: Buffer): unknown {
  try {
    return JSON.parse(content.toString('utf8'));
  } catch (cause) {
    throw invalidArchive(`a list in it is not valid JSON (${(cause as Error).message})`, cause);
  }
}

function compare(expected: unknown, found: Record<string, string>): void {
  const listed = Object.entries((expected ?? {}) as Record<string, unknown>);
  const differing = listed.find(([name, sum]) => found[name] !== sum)?.[0];
  if (differing !== undefined) throw invalidArchive(`${differing} is missing or has changed`);
  const names = new Set(listed.map(([name]) => name));
  const added = Object.keys(found).find((name) => !names.has(name));
  if (added !== undefined) throw invalidArchive(`${added} was added to it`);
}

/**
 * Takes the known fields only: engines ignore the case of a field's name, so `repotags` would give an image another name.
 * https://docs.docker.com/reference/api/engine/version/v1.41/#tag/Image/operation/ImageGet
 */
function chooseFromList(content: Buffer, names: Map<string, string>): Buffer {
  const list = objectsIn(parseJson(content), IMAGE_LIST);
  const chosen = list.flatMap(({ Config, Layers, RepoTags }) => {
    const tags = newNames(Array.isArray(RepoTags) ? RepoTags : [], names);
    return tags.length > 0 ? [{ Config, RepoTags: tags, Layers }] : [];
  });
  return Buffer.from(JSON.stringify(chosen));
}

/**
 * Docker with the containerd image store uses this list.
 * https://github.com/opencontainers/image-spec/blob/main/image-index.md
 */
function chooseFromIndex(content: Buffer, names: Map<string, string>): Buffer {
  const [index = {}] = objectsIn([parseJson(content)], OCI_LIST);
  const manifests = objectsIn(index.manifests ?? [], OCI_LIST).flatMap(
    ({ mediaType, digest, size, platform, annotations }) => {
      const name = (annotations as Record<string, unknown> | undefined)?.[CONTAINERD_NAME];
      return newNames([name], names).map((tag) => ({
        ...{ mediaType, digest, size, platform },
        annotations: {
          [CONTAINERD_NAME]: parseImageReference(tag).normalized,
          'org.opencontainers.image.ref.name': tagHash(tag),
        },
      }));
    },
  );
  return Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests }));
}

const CONTAINERD_NAME = 'io.containerd.image.name';
const OCI_INDEX = 'application/vnd.oci.image.index.v1+json';

function newNames(listed: unknown[], names: Map<string, string>): string[] {
  return listed.flatMap((name) => (typeof name === 'string' ? (names.get(familiarTag(name)) ?? []) : []));
}

function objectsIn(list: unknown, file: string): Record<string, unknown>[] {
  const isList = Array.isArray(list) && list.every((each) => typeof each === 'object' && each !== null);
  if (!isList) throw invalidArchive(`${file} is not a list of images`);
  return list as Record<string, unknown>[];
}
