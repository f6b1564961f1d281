import { createHash } from 'node:crypto';
import { type CallContext, SharedWork } from '../../concurrency/shared-work.ts';
import type { Engine, EngineInfo, Image } from '../../engine/engine.ts';
import { isOwnImageTag } from '../../images/own-images.ts';
import { EzjError } from '../../protocol/errors.ts';
import { LABEL } from '../../protocol/labels.ts';
import type { HostNetwork } from '../../protocol/session.ts';
import type { Environment } from '../environment.ts';
import type { EnvironmentRecords } from '../records.ts';
import type { Step } from '../step.ts';
import { isEnvironmentTag } from '../tags.ts';
import { findSmaller, incrementLabels, incrementOf } from './incremental.ts';
import { type BuildBase, buildBaseHash, layerHashes } from './layers.ts';
import { networkOf } from './network.ts';
import { removeReplaced } from './replaced.ts';
import { runStep, type StepContext } from './run-step.ts';
import { findPulled, findShared, pulledName } from './shared.ts';
import type { EnvironmentSources } from './sources.ts';

/** The input of a build besides the environment. */
export interface BuildInput {
  base: Image;
  info: EngineInfo;
  owner: string;
  host: HostNetwork;
  pidsLimit: number;
  /** CRAN mirror; empty for the default. The host's own takes precedence. */
  cran: string;
  /** `never` builds nothing, `always` rebuilds. */
  refresh: 'auto' | 'never' | 'always';
  records: Pick<EnvironmentRecords, 'all' | 'imported'>;
  sources: EnvironmentSources;
}

const building = new SharedWork<Image>();

/**
 * The image of an environment. If it is missing, pulls it from its registry or builds it, from the first step
 * that changed. Concurrent callers that need
 * the same image share one build.
 * @throws `build-failed`, `disk-full`, `image-not-local`, `cancelled`
 */
export async function ensureEnvironment(
  engine: Engine,
  environment: Environment,
  input: BuildInput,
  call: CallContext,
): Promise<Image> {
  const { base, refresh } = input;
  if (environment.plan.steps.length === 0) return base;
  const tag = environmentTag(environment, base);
  const local = refresh === 'always' ? undefined : await findEnvironment(engine, environment, input);
  if (local) return withName(engine, local);
  if (refresh === 'never') throw notBuilt(environment);
  return building.run(
    `${tag} ${refresh}`,
    call,
    async (work) => (await bring(engine, tag, input, work)) ?? build(engine, environment, { ...input, tag }, work),
  );
}

/** Pulls the environment, if the registry has it. Does not search with `always`, which means a new build. */
async function bring(
  engine: Engine,
  tag: string,
  { sources: { registry }, records, refresh, base: { platform } }: BuildInput,
  call: CallContext,
): Promise<Image | undefined> {
  if (registry === '' || refresh === 'always') return undefined;
  const shared = { registry, tag, platform };
  if (!(await findShared(engine, shared, call))) return undefined;
  records.imported(pulledName(shared));
  return requireImage(engine, pulledName(shared));
}

/**
 * The image of an environment on this machine: built here, pulled from the registry of the configuration, or imported
 * for this folder.
 */
export async function findEnvironment(
  engine: Engine,
  environment: Environment,
  { base, sources: { registry, imported } }: { base: Image; sources: EnvironmentSources },
): Promise<Image | undefined> {
  const tag = environmentTag(environment, base);
  return (
    (await findBuilt(engine, tag)) ??
    (registry === '' ? undefined : await findPulled(engine, { registry, tag, platform: base.platform })) ??
    (await imported.environment(environment, base))
  );
}

/** Name and tag of the image of an environment on a base, with a hash of everything that makes it. */
export function environmentTag({ name, plan }: Environment, base: Image): string {
  const last = layerHashes(plan.steps, buildBaseOf(base)).at(-1) ?? '';
  return `ezj/env-${name}:${last.slice(0, 12)}`;
}

async function build(
  engine: Engine,
  { plan, hash, project }: Environment,
  { base, info, owner, host, pidsLimit, cran, refresh, records, tag }: BuildInput & { tag: string },
  call: CallContext,
): Promise<Image> {
  const buildBase = buildBaseOf(base);
  const hashes = layerHashes(plan.steps, buildBase);
  // The last step too, because a later step may be added after it.
  const tags = hashes.map((each) => `ezj/layer:${each.slice(0, 12)}`);
  const known = records.all();
  const imported = (name: string) => known[name]?.imported !== undefined;
  const first = refresh === 'always' ? 0 : await firstMissing(engine, tags);
  const context: StepContext = {
    engine,
    info,
    owner,
    pidsLimit,
    ...(await networkOf(host, host.cran ?? cran)),
    labels: { [LABEL.environment]: hash, [LABEL.project]: project },
  };
  let from = first === 0 ? base : await requireImage(engine, tags[first - 1] ?? '');
  const steps = plan.steps.length;
  const replaced: string[] = [];
  for (const [i, step] of plan.steps.entries()) {
    if (i < first) continue;
    const text = `installing what ${step.from} asks for`;
    call.report({ type: 'build-step', image: 'environment', step: i + 1, steps, text });
    const below = hashes[i - 1] ?? buildBaseHash(buildBase);
    const increment = incrementOf(step, below);
    const smaller = refresh === 'always' ? undefined : await findSmaller(engine, increment, { owner, imported });
    const labels = { ...context.labels, ...incrementLabels(increment, smaller ? smaller.additions + 1 : 0) };
    const images = { from: smaller?.image ?? from, start: from.config, tag: tags[i] ?? '' };
    const making = { ...images, changes: variablesOf(step), below };
    const before = await engine.inspectImage(making.tag);
    await runStep(step, making, { ...context, labels }, call);
    from = await requireImage(engine, making.tag);
    if (before && before.id !== from.id) replaced.push(before.id);
  }
  await engine.tagImage(from.id, tag);
  // Images on top of others first.
  for (const id of replaced.reverse()) await removeReplaced(engine, id);
  return named(await requireImage(engine, tag), tag);
}

/** The image with this name, or one with the same hash for a folder with another name, which may not have this name yet. */
async function findBuilt(engine: Engine, tag: string): Promise<Image | undefined> {
  const local = (await engine.inspectImage(tag)) ?? (await findSame(engine, tag));
  return local && named(local, tag);
}

async function findSame(engine: Engine, tag: string): Promise<Image | undefined> {
  const hash = tag.slice(tag.lastIndexOf(':'));
  const tags = (await engine.listImages([LABEL.environment])).flatMap((image) => image.tags);
  const same = tags.find((other) => isEnvironmentTag(other) && other.endsWith(hash));
  return same === undefined ? undefined : engine.inspectImage(same);
}

/** Gives an image of {@link findEnvironment} its name, if it has only the one for another folder yet. */
export async function withName(engine: Engine, image: Image): Promise<Image> {
  const [name = image.id] = image.tags;
  if (image.tags.length > 1 && (await engine.inspectImage(name)) === undefined) await engine.tagImage(image.id, name);
  return image;
}

/** Puts the requested name of an image first. */
function named(image: Image, tag: string): Image {
  return { ...image, tags: [tag, ...image.tags.filter((other) => other !== tag)] };
}

function variablesOf({ env = {} }: Step): string[] {
  return Object.entries(env).map(([name, value]) => `ENV ${name}=${value}`);
}

/** The step to begin with: the one after the last step that has an image. */
async function firstMissing(engine: Engine, tags: string[]): Promise<number> {
  for (let i = tags.length - 1; i >= 0; i--) if (await engine.inspectImage(tags[i] ?? '')) return i + 1;
  return 0;
}

async function requireImage(engine: Engine, tag: string): Promise<Image> {
  const image = await engine.inspectImage(tag);
  if (image) return named(image, tag);
  throw new EzjError({
    code: 'build-failed',
    message: `${tag} is missing after its build: another program removed it.`,
  });
}

/**
 * The tag of ezj's own images is a hash of their content, the same everywhere. Others are identified by their layers:
 * a pulled image has a digest, a loaded one has none, and the ID of an image differs between engines.
 */
export function buildBaseOf({ tags, layers, config, platform }: Image): BuildBase {
  const own = tags.find(isOwnImageTag);
  return { base: own ?? hashOf([layers, startOf(config)]), platform };
}

/** The configuration of an image for its containers, in a fixed order. */
function startOf({ env, entrypoint, cmd, user, workdir }: Image['config']): unknown[] {
  return [Object.entries(env).sort(), entrypoint, cmd, user, workdir];
}

function hashOf(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex');
}

/** The error for `-q` if the image is not built. */
export function notBuilt({ project }: Environment): EzjError {
  return new EzjError({
    code: 'image-not-local',
    message: `The environment of ${project} is not built yet, and -q builds nothing.`,
    hint: 'Leave out -q, or add --no-env to start without it.',
  });
}
