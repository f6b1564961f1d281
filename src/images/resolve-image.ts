import type { CallContext } from '../concurrency/shared-work.ts';
import { SharedWork } from '../concurrency/shared-work.ts';
import type { Config } from '../config/keys.ts';
import type { Engine, Image } from '../engine/engine.ts';
import { parseImageReference } from '../engine/image-reference.ts';
import type { Kind } from '../notebooks/kind.ts';
import { EzjError, toEzjError } from '../protocol/errors.ts';
import type { ImageName } from '../protocol/image.ts';
import type { StartRequest } from '../protocol/session.ts';
import { buildOwnImage } from './build-own.ts';
import { ownImageTag } from './own-images.ts';
import { unavailable } from './unavailable.ts';

/** What decides which image a session gets. */
export interface ImageRequest {
  kind: Kind;
  config: Config;
  owner: string;
  request: Pick<StartRequest, 'image' | 'imageTag' | 'refresh' | 'host'>;
  /** The image that an archive brought under this name for the folder of the session. */
  imported?: (reference: string) => Promise<Image | undefined>;
}

const fetching = new SharedWork<Image>();

/**
 * Chooses the image for a session, and pulls or builds it if necessary. In this order: the reference that the user
 * names, a local image of the kind, the official image of the kind, an image that ezj builds. Reports each step with
 * its reason. With `refresh` set to `never`, only local images count; with `always`, they do not.
 * @throws `image-not-local`, `image-not-found`, `registry-denied`, `pull-failed`, `build-failed`, `disk-full`,
 *   `cancelled`
 */
export async function resolveImage(engine: Engine, wanted: ImageRequest, call: CallContext): Promise<Image> {
  const { kind, request } = wanted;
  const source = sourceOf(wanted);
  const { choice, official, own } = source;
  const auto = [own && (await ownImageTag(own)), official].filter((each) => each !== undefined);
  const candidates = { auto, official: [official], built: auto.slice(0, 1) }[choice] ?? [choice];

  if (request.refresh !== 'always') {
    for (const reference of candidates) {
      const image = (await wanted.imported?.(reference)) ?? (await engine.inspectImage(reference));
      if (image) return image;
    }
  }
  if (request.refresh === 'never') throw notLocal(kind, candidates);
  // Other callers that need the same image share this pull or build.
  const key = JSON.stringify([source, request.refresh]);
  return fetching.run(key, call, (shared) => fetchImage(engine, { wanted, source }, shared));
}

/** The image that `resolveImage` would find without a pull or a build; undefined if there is none. */
export async function findLocalImage(engine: Engine, wanted: ImageRequest): Promise<Image | undefined> {
  const request = { ...wanted.request, refresh: 'never' as const };
  const nobody = { report: () => {}, signal: new AbortController().signal };
  try {
    return await resolveImage(engine, { ...wanted, request }, nobody);
  } catch (error) {
    if (toEzjError(error).code === 'image-not-local') return undefined;
    throw error;
  }
}

/** The requested image, which can have more than one source. */
interface Source {
  /** `auto`, `official`, `built`, or a reference. */
  choice: string;
  official: string;
  own?: ImageName;
}

function sourceOf({ kind: { image }, config, request }: ImageRequest): Source {
  const tagged = (reference: string) => withTag(reference, request.imageTag);
  if ('reference' in image) {
    const choice = tagged(request.image ?? image.reference);
    return { choice, official: choice };
  }
  const chosen = request.image ?? config[image.choice];
  const choice = CHOICES.includes(chosen) ? chosen : tagged(chosen);
  return { choice, official: tagged(config[image.official]), own: image.own };
}

const CHOICES = ['auto', 'official', 'built'];

/** Adds the requested tag to a reference, unless it already has a tag or a digest. */
function withTag(reference: string, tag: string | undefined): string {
  if (tag === undefined) return reference;
  const { registry, repository } = parseImageReference(reference);
  return parseImageReference(`${registry}/${repository}:${tag}`).familiar;
}

async function fetchImage(
  engine: Engine,
  { wanted, source: { choice, official, own } }: { wanted: ImageRequest; source: Source },
  call: CallContext,
): Promise<Image> {
  if (choice === 'built' && own) return build(engine, own, wanted, call);
  if (choice !== 'auto') return pull(engine, choice === 'official' ? official : choice, call);
  try {
    return await pull(engine, official, call);
  } catch (error) {
    const refusal = unavailable(error);
    if (!own) throw notBuildable(wanted.kind, refusal);
    const text = `${refusal.message}; building ezj's own ${wanted.kind.title} image instead, once`;
    call.report({ type: 'step', text });
    return build(engine, own, wanted, call);
  }
}

/** The error for a kind that has only images from a registry. */
function notBuildable({ title }: Kind, refusal: EzjError): EzjError {
  return new EzjError({
    code: refusal.code,
    message: `${refusal.message}; and ezj cannot build ${title}, because Debian has no package for it.`,
    hint: `${refusal.hint ?? 'Check the network with `ezj doctor`.'} Or copy the image from a machine that has it: \`docker save IMAGE > image.tar\` there, \`docker load < image.tar\` here. Or choose an image that you have with --image.`,
    cause: refusal,
  });
}

function build(
  engine: Engine,
  own: ImageName,
  { config, owner, request }: ImageRequest,
  call: CallContext,
): Promise<Image> {
  const options = {
    debian: config['build.debian'],
    mirror: config['build.mirror'],
    owner,
    host: request.host,
    noCache: request.refresh === 'always',
  };
  return buildOwnImage(engine, own, options, call);
}

/** Pulls an image and returns it. */
export async function pull(engine: Engine, reference: string, call: CallContext): Promise<Image> {
  refuseOwnName(reference);
  call.report({ type: 'step', text: `Pulling ${reference}` });
  await engine.pullImage(reference, call);
  const image = await engine.inspectImage(reference);
  if (image) return image;
  throw new EzjError({
    code: 'pull-failed',
    message: `${reference} is missing after its pull: something removed it.`,
  });
}

/**
 * Refuses names of ezj. Only builds give them, and other projects trust them; at Docker Hub, a stranger could have the
 * account of this name.
 */
function refuseOwnName(reference: string): void {
  const { registry, repository } = parseImageReference(reference);
  if (registry !== 'docker.io' || !repository.startsWith('ezj/')) return;
  throw new EzjError({
    code: 'image-not-found',
    message: `${reference} is not on this machine, and no registry has it: names that begin with ezj/ are for images that ezj builds here.`,
    hint: 'Name another image, or let ezj choose.',
  });
}

function notLocal(kind: Kind, candidates: string[]): EzjError {
  return new EzjError({
    code: 'image-not-local',
    message: `No image for a ${kind.title} notebook is on this machine (looked for ${candidates.join(', ')}), and -q neither pulls nor builds.`,
    hint: 'Leave out -q.',
  });
}
