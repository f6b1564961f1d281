import { createHash } from 'node:crypto';
import { type CallContext, SharedWork } from '../../concurrency/shared-work.ts';
import type { Engine, Image } from '../../engine/engine.ts';
import { pull } from '../../images/resolve-image.ts';
import { unavailable } from '../../images/unavailable.ts';
import { EzjError, toEzjError } from '../../protocol/errors.ts';
import type { ProgressEvent } from '../../protocol/events.ts';
import { LABEL } from '../../protocol/labels.ts';
import { type BuildInput, buildBaseOf, notBuilt } from '../build/build-environment.ts';
import { dockerfileFailed } from '../build/failure.ts';
import { incrementLabels } from '../build/incremental.ts';
import { removeReplaced } from '../build/replaced.ts';
import { secretsIn, withoutSecrets } from '../build/secrets.ts';
import type { Environment } from '../environment.ts';
import type { PreparedBuild } from './context-files.ts';
import type { DockerfileBuild } from './read-dockerfile.ts';
import { sentFiles } from './sent-files.ts';

/** Increment this when the same Dockerfile and files lead to another image. */
const TEMPLATE = 1;

type DockerfileInput = Pick<BuildInput, 'owner' | 'host' | 'refresh'>;

const building = new SharedWork<Image>();

/**
 * The image of a project's Dockerfile, built if it is missing. Concurrent callers that need the same image share one
 * build.
 * @throws `build-failed`, `disk-full`, `image-not-local`, `cancelled`, and those of a pull for the Dockerfile's base
 */
export async function ensureDockerfile(
  engine: Engine,
  environment: Environment,
  build: PreparedBuild,
  input: DockerfileInput,
  call: CallContext,
): Promise<Image> {
  const { refresh } = input;
  const known = refresh === 'always' ? undefined : await findDockerfileImage(engine, environment, build);
  if (known?.image) return known.image;
  if (refresh === 'never') throw notBuilt(environment);
  const key = JSON.stringify([environment.name, build.seen.hash, environment.hash, refresh]);
  return building.run(key, call, (shared) => make(engine, environment, build, input, shared));
}

/**
 * Name and tag of a Dockerfile's image, its bases, and the image itself if it is built. Undefined if one of its bases
 * is not local yet.
 */
export async function findDockerfileImage(
  engine: Engine,
  { name }: Environment,
  build: PreparedBuild,
): Promise<{ tag: string; images: string[]; image?: Image } | undefined> {
  const { images } = build.needs;
  const found = await Promise.all(images.map((reference) => inspectNamed(engine, build, reference)));
  const bases = found.filter((image) => image !== undefined);
  if (bases.length < images.length) return undefined;
  const { file, args, target = null, seen } = build;
  const content = createHash('sha256').update(file.content).digest('hex');
  const all = [TEMPLATE, content, args, target, seen.hash, bases.map((base) => buildBaseOf(base))];
  const hash = createHash('sha256').update(JSON.stringify(all)).digest('hex');
  const tag = `ezj/env-${name}:${hash.slice(0, 12)}`;
  return { tag, images, image: await engine.inspectImage(tag) };
}

async function make(
  engine: Engine,
  environment: Environment,
  build: PreparedBuild,
  { owner, host, refresh }: DockerfileInput,
  call: CallContext,
): Promise<Image> {
  const { images, args: declared } = build.needs;
  for (const reference of images) await fetchBase(engine, build, { reference, refresh }, call);
  const known = await findDockerfileImage(engine, environment, build);
  if (known === undefined) throw gone(images.join(', '));
  if (known.image && refresh !== 'always') return known.image;
  const { file, args, target } = build;
  call.report({ type: 'step', text: `Building ${known.tag} from ${file.path}` });
  const secrets = secretsIn(Object.values(host.proxy));
  const report = (event: ProgressEvent) =>
    call.report(event.type === 'output' ? { ...event, line: withoutSecrets(event.line, secrets) } : event);
  // These are predefined arguments: they stay out of the history unless the Dockerfile declares them.
  const proxy = Object.entries(host.proxy).flatMap(([key, value]) => [
    [key, value] as const,
    [key.toLowerCase(), value] as const,
  ]);
  await engine
    .buildImage(
      {
        ...sentFiles(build),
        tag: known.tag,
        title: file.path,
        target,
        args: { ...Object.fromEntries(proxy.filter(([key]) => !declared.includes(key))), ...args },
        labels: {
          [LABEL.owner]: owner,
          [LABEL.environment]: environment.hash,
          [LABEL.project]: environment.project,
          ...incrementLabels(undefined, 0),
        },
        noCache: refresh === 'always',
      },
      { report, signal: call.signal },
    )
    .catch((error: unknown) => {
      throw dockerfileFailed(file.path, toEzjError(error), secrets);
    });
  const image = await engine.inspectImage(known.tag);
  if (image === undefined) throw gone(known.tag);
  if (known.image && known.image.id !== image.id) await removeReplaced(engine, known.image.id);
  return image;
}

/** Pulls a missing base. With `-u`, pulls it again if its registry answers. */
async function fetchBase(
  engine: Engine,
  build: DockerfileBuild,
  { reference, refresh }: { reference: string; refresh: BuildInput['refresh'] },
  call: CallContext,
): Promise<void> {
  const local = await inspectNamed(engine, build, reference);
  if (local && refresh !== 'always') return;
  try {
    await pull(engine, reference, call);
  } catch (error) {
    if (!local) throw error;
    call.report({ type: 'warning', text: `${unavailable(error).message}; the build uses the local image` });
  }
}

async function inspectNamed(engine: Engine, { file }: DockerfileBuild, reference: string): Promise<Image | undefined> {
  return engine.inspectImage(reference).catch((error: unknown) => {
    const { code, message, hint } = toEzjError(error);
    throw code === 'usage'
      ? new EzjError({ code: 'environment-invalid', message: `${file.path}: ${message}`, hint })
      : error;
  });
}

function gone(what: string): EzjError {
  return new EzjError({
    code: 'build-failed',
    message: `${what} is missing after its build or pull: another program removed it.`,
  });
}
