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

/** Options for the builds of ezj images. */
export interface BuildOptions {
  /** Reference of the Debian base image. */
  debian: string;
  /** A Debian mirror; if empty, the mirror of the image. */
  mirror: string;
  owner: string;
  host: HostNetwork;
  /** Builds existing images too, without the cache of the engine, and pulls the Debian image again. */
  noCache: boolean;
}

/** The build argument for the base image in each Dockerfile. */
const BASE_ARGUMENT: Record<ImageName, string> = { base: 'DEBIAN', python: 'BASE', r: 'PYTHON' };

const building = new SharedWork<Image>();

/**
 * Builds the requested images of ezj with the settings of the configuration. With `noCache`, builds the uppermost image
 * and everything below it again, once.
 * @throws the errors of {@link buildOwnImage}
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
 * Builds an image of ezj and those below it, as far as they are missing. Callers that need the same image at the same
 * time share the build.
 * @throws `build-failed`, `disk-full`, `registry-unreachable`, `cancelled`
 */
export async function buildOwnImage(
  engine: Engine,
  name: ImageName,
  options: BuildOptions,
  call: CallContext,
): Promise<Image> {
  const tag = await ownImageTag(name);
  // A build without the cache is separate work: its callers must not get the result of a build with the cache.
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
