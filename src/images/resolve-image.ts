import type { Follower } from '../concurrency/shared-work.ts';
import { SharedWork } from '../concurrency/shared-work.ts';
import type { Config } from '../config/keys.ts';
import type { Engine, Image } from '../engine/engine.ts';
import type { Kind } from '../notebooks/kinds.ts';
import { EzjError } from '../protocol/errors.ts';
import type { StartRequest } from '../protocol/session.ts';
import { buildOwnImage } from './build-own.ts';
import { ownImageTag } from './own-images.ts';
import { unavailable } from './unavailable.ts';

/** What decides on the image of a session. */
export interface ImageRequest {
  kind: Kind;
  config: Config;
  owner: string;
  request: Pick<StartRequest, 'image' | 'refresh' | 'host'>;
}

const fetching = new SharedWork<Image>();

/**
 * The image for a session, on the engine when this resolves. In order: the reference that the user names; a local image
 * of the kind; the kind's official image, where its registry gives it; ezj's own, built. Each step says what it does and
 * why. With `refresh` `never` only the local ones count, with `always` they do not.
 * @throws `image-not-local`, `image-not-found`, `registry-denied`, `pull-failed`, `build-failed`, `disk-full`, `cancelled`
 */
export async function resolveImage(engine: Engine, wanted: ImageRequest, follower: Follower): Promise<Image> {
  const { kind, config, request } = wanted;
  const choice = request.image ?? config[kind.imageKey];
  const official = config[kind.officialKey];
  const own = await ownImageTag(kind.ownImage);
  const candidates = { auto: [own, official], official: [official], built: [own] }[choice] ?? [choice];

  if (request.refresh !== 'always') {
    for (const reference of candidates) {
      const image = await engine.inspectImage(reference);
      if (image) return image;
    }
  }
  if (request.refresh === 'never') throw notLocal(kind, candidates);
  // Whoever else waits for the same image at this moment gets this pull or build.
  const key = JSON.stringify([choice, kind.name, request.refresh]);
  return fetching.run(key, follower, (shared) => fetchImage(engine, { wanted, choice, official }, shared));
}

async function fetchImage(
  engine: Engine,
  { wanted, choice, official }: { wanted: ImageRequest; choice: string; official: string },
  follower: Follower,
): Promise<Image> {
  if (choice === 'built') return build(engine, wanted, follower);
  if (choice !== 'auto') return pull(engine, choice === 'official' ? official : choice, follower);
  try {
    return await pull(engine, official, follower);
  } catch (error) {
    const text = `${unavailable(error).message}; building ezj's own ${wanted.kind.title} image instead, once`;
    follower.report({ type: 'step', text });
    return build(engine, wanted, follower);
  }
}

function build(engine: Engine, { kind, config, owner, request }: ImageRequest, follower: Follower): Promise<Image> {
  const options = {
    debian: config['build.debian'],
    mirror: config['build.mirror'],
    owner,
    host: request.host,
    noCache: request.refresh === 'always',
  };
  return buildOwnImage(engine, kind.ownImage, options, follower);
}

/** Pulls an image and gives what the engine then has. */
export async function pull(engine: Engine, reference: string, follower: Follower): Promise<Image> {
  follower.report({ type: 'step', text: `Pulling ${reference}` });
  await engine.pullImage(reference, follower);
  const image = await engine.inspectImage(reference);
  if (image) return image;
  throw new EzjError({
    code: 'pull-failed',
    message: `${reference} is not there after its pull: something removed it.`,
  });
}

function notLocal(kind: Kind, candidates: string[]): EzjError {
  return new EzjError({
    code: 'image-not-local',
    message: `No image for a ${kind.title} notebook is on this machine (looked for ${candidates.join(', ')}), and -q neither pulls nor builds.`,
    hint: 'Leave out -q.',
  });
}
