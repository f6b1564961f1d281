import type { Readable } from 'node:stream';
import type { ImageInfo, ImageInspectInfo } from 'dockerode';
import { EzjError } from '../protocol/errors.ts';
import { abortable, type Connection, labelFilters } from './connection.ts';
import type { Image } from './engine.ts';
import { callEngine, callUnlessAbsent, openStream } from './engine-call.ts';
import { codeOfWords, hintOf, toEngineError } from './engine-errors.ts';
import { readEnv } from './env-list.ts';
import { checkImageReference, familiarTag, parseImageReference } from './image-reference.ts';
import { readJsonLines } from './json-lines.ts';

/** Undefined if the image does not exist. */
export async function inspectImage(connection: Connection, reference: string): Promise<Image | undefined> {
  const image = connection.docker.getImage(checkImageReference(reference));
  const call = { what: `inspect the image ${reference}`, absent: [404] };
  const found = await callUnlessAbsent(connection, call, (abortSignal) => image.inspect(abortable(abortSignal)));
  return found && toImage(found);
}

/** Images with all these labels. */
export async function listImages(connection: Connection, labels: string[]): Promise<Image[]> {
  const found = await callEngine(connection, { what: 'list images' }, (abortSignal) =>
    connection.docker.listImages({ filters: labelFilters(labels), abortSignal }),
  );
  return found.map(toListedImage);
}

/** Creates an image from the tar stream of a root file system. */
export async function importImage(
  connection: Connection,
  rootfs: Readable,
  { tag, changes, signal }: { tag: string; changes: string[]; signal: AbortSignal },
): Promise<void> {
  const what = `import the image ${tag}`;
  // `repo` includes the tag, because Podman ignores `tag`.
  const repo = parseImageReference(tag).familiar;
  try {
    // The answer begins after the engine has read the whole tar. That can take any time, so only `signal` ends it.
    const call = { what, signal, timeoutMs: Number.POSITIVE_INFINITY };
    const stream = await openStream(connection, call, (abortSignal) =>
      connection.docker.importImage(rootfs, abortable(abortSignal, { repo, changes })),
    );
    for await (const event of readJsonLines(stream)) throwIfError(event, what);
  } catch (thrown) {
    throw toEngineError(thrown, { what, source: connection.source });
  } finally {
    rootfs.destroy();
  }
}

/** Removes an image's tag, and the image with its last tag. Does nothing if it does not exist. */
export async function removeImage(connection: Connection, reference: string): Promise<void> {
  const image = connection.docker.getImage(checkImageReference(reference));
  const call = { what: `remove the image ${reference}`, timeoutMs: 300_000, absent: [404] };
  await callUnlessAbsent(connection, call, (abortSignal) => image.remove(abortable(abortSignal)));
}

/** Gives an image one more name. */
export async function tagImage(connection: Connection, reference: string, name: string): Promise<void> {
  const image = connection.docker.getImage(checkImageReference(reference));
  const call = { what: `name the image ${reference} ${name}`, codes: { 404: 'image-not-found' as const } };
  await callEngine(connection, call, (abortSignal) => image.tag({ ...splitReference(name), abortSignal }));
}

/** The name in the form of commit and tag, without Docker's registry. */
function splitReference(name: string): { repo: string; tag?: string } {
  const { registry, repository, tag } = parseImageReference(name);
  return { repo: registry === 'docker.io' ? repository : `${registry}/${repository}`, tag };
}

/** Creates an image from an ended container. */
export async function commitContainer(
  connection: Connection,
  id: string,
  { tag, changes, comment }: { tag: string; changes: string[]; comment: string },
): Promise<void> {
  // The engine writes gigabytes to the disk before it answers.
  const call = { what: `make the image ${tag}`, timeoutMs: 1_800_000 };
  await callEngine(connection, call, (abortSignal) =>
    connection.docker
      .getContainer(id)
      .commit(abortable(abortSignal, { ...splitReference(tag), changes, comment, pause: false })),
  );
}

function throwIfError(event: unknown, what: string): void {
  const { error } = event as { error?: string };
  if (error === undefined) return;
  const code = codeOfWords(error) ?? 'engine-failed';
  throw new EzjError({ code, message: `Could not ${what}: ${error}`, hint: hintOf(code) });
}

function toListedImage(info: ImageInfo): Image {
  return {
    id: info.Id,
    tags: realTags(info.RepoTags),
    digests: realTags(info.RepoDigests),
    labels: info.Labels ?? {},
    bytes: info.Size ?? 0,
    created: new Date((info.Created ?? 0) * 1000).toISOString(),
    platform: '',
    layers: [],
    config: { env: {}, entrypoint: [], cmd: [], user: '', workdir: '', exposedPorts: [] },
  };
}

function toImage(info: ImageInspectInfo): Image {
  const config: Partial<ImageInspectInfo['Config']> = info.Config ?? {};
  return {
    id: info.Id,
    tags: realTags(info.RepoTags),
    digests: realTags(info.RepoDigests),
    labels: config.Labels ?? {},
    bytes: info.Size ?? 0,
    created: info.Created ?? '',
    platform: `${info.Os}/${info.Architecture}`,
    layers: info.RootFS?.Layers ?? [],
    config: {
      env: readEnv(config.Env),
      entrypoint: toList(config.Entrypoint),
      cmd: toList(config.Cmd),
      user: config.User ?? '',
      workdir: config.WorkingDir ?? '',
      exposedPorts: Object.keys(config.ExposedPorts ?? {}).flatMap(tcpPort),
    },
  };
}

/** Docker lists an image without a name as `<none>:<none>`. */
function realTags(tags: string[] | null | undefined): string[] {
  return (tags ?? []).filter((tag) => !tag.startsWith('<none>')).map(familiarTag);
}

function toList(value: string | string[] | null | undefined): string[] {
  return typeof value === 'string' ? [value] : (value ?? []);
}

function tcpPort(key: string): number[] {
  const [port, protocol = 'tcp'] = key.split('/');
  return protocol === 'tcp' ? [Number(port)] : [];
}
