import path from 'node:path';
import { type CallContext, SharedWork } from '../concurrency/shared-work.ts';
import type { Config } from '../config/keys.ts';
import type { Engine, Image } from '../engine/engine.ts';
import { readBundle } from '../host/certificates.ts';
import { EzjError } from '../protocol/errors.ts';
import { type BuildRequest, IMAGE_NAMES, type ImageName } from '../protocol/image.ts';
import { LABEL } from '../protocol/labels.ts';
import type { HostNetwork } from '../protocol/session.ts';
import { type DebianRequest, ensureDebian } from './debian-base.ts';
import { IMAGES_DIR, imagesBelow, ownImageTag } from './own-images.ts';

/** How ezj's own images are built. */
export interface BuildOptions {
  /** Reference of the Debian image below them. */
  debian: string;
  /** A Debian mirror; empty: the image's own. */
  mirror: string;
  owner: string;
  host: HostNetwork;
  /** Builds even what exists, without the engine's cache, on a Debian image that is fetched again. */
  noCache: boolean;
}

/** What each Dockerfile calls the image that it stands on. */
const BASE_ARGUMENT: Record<ImageName, string> = { base: 'DEBIAN', python: 'BASE', r: 'PYTHON' };

const building = new SharedWork<Image>();

/**
 * Builds these of ezj's own images, as the configuration has it; with `noCache`, the uppermost with all that is below it anew, once.
 * @throws what {@link buildOwnImage} throws
 */
export async function buildOwnImages(
  { images, host, noCache }: BuildRequest,
  { engine, owner, config }: { engine: Engine; owner: string; config: Config },
  call: CallContext,
): Promise<Image[]> {
  const options = { debian: config['build.debian'], mirror: config['build.mirror'], owner, host };
  const uppermost = IMAGE_NAMES.findLast((name) => images.includes(name));
  if (noCache && uppermost) await buildOwnImage(engine, uppermost, { ...options, noCache }, call);
  const built: Image[] = [];
  for (const name of images) built.push(await buildOwnImage(engine, name, { ...options, noCache: false }, call));
  return built;
}

/**
 * Builds one of ezj's own images and those below it, as far as they are not there. Whoever else needs one of these images
 * at this moment, by itself or below another, gets the same build.
 * @throws `build-failed`, `disk-full`, `registry-unreachable`, `cancelled`
 */
export async function buildOwnImage(
  engine: Engine,
  name: ImageName,
  options: BuildOptions,
  call: CallContext,
): Promise<Image> {
  const tag = await ownImageTag(name);
  // A build anew is no build from the cache: whoever asked for the one must not get the other.
  const key = JSON.stringify([tag, options.noCache]);
  return building.run(key, call, (shared) => buildWhereMissing(engine, { name, tag, options }, shared));
}

async function buildWhereMissing(
  engine: Engine,
  { name, tag, options }: { name: ImageName; tag: string; options: BuildOptions },
  call: CallContext,
): Promise<Image> {
  const local = options.noCache ? undefined : await engine.inspectImage(tag);
  if (local) return local;
  const below = imagesBelow(name).at(-1);
  const from =
    below === undefined
      ? await ensureDebian(engine, debianRequest(options), call)
      : ((await buildOwnImage(engine, below, options, call)).tags[0] ?? (await ownImageTag(below)));
  await buildOne(engine, { name, tag, from, options }, call);
  const built = await engine.inspectImage(tag);
  if (built) return built;
  throw new EzjError({ code: 'build-failed', message: `${tag} is missing after its build: something removed it.` });
}

function debianRequest({ debian, mirror, host, noCache }: BuildOptions): DebianRequest {
  return { reference: debian, mirror, host, renew: noCache };
}

async function buildOne(
  engine: Engine,
  { name, tag, from, options }: { name: ImageName; tag: string; from: string; options: BuildOptions },
  { report, signal }: CallContext,
): Promise<void> {
  const { host, mirror, noCache, owner } = options;
  report({ type: 'step', text: `Building ${tag} on ${from}` });
  const bundle = host.certificates === undefined ? undefined : await readBundle(host.certificates);
  await engine.buildImage(
    {
      context: path.join(IMAGES_DIR, name),
      extraFiles: bundle ? { 'host-certificates.crt': bundle } : {},
      tag,
      title: name,
      args: { [BASE_ARGUMENT[name]]: from, ...(mirror ? { APT_MIRROR: mirror } : {}), ...host.proxy },
      labels: { [LABEL.owner]: owner },
      noCache,
    },
    { report, signal },
  );
}
