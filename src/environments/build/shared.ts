import { type CallContext, SharedWork } from '../../concurrency/shared-work.ts';
import type { Engine, Image } from '../../engine/engine.ts';
import { EzjError, toEzjError } from '../../protocol/errors.ts';
import { LABEL } from '../../protocol/labels.ts';
import { borrowName } from '../borrow-name.ts';
import { tagHash } from '../tags.ts';
import { digest } from './layers.ts';

/** The longest time that a start waits for a registry's answer about an environment. */
const ANSWER_WITHIN_MS = 8000;

/** An environment's image and its place at a registry. */
export interface SharedEnvironment {
  /** A repository, such as `registry.example.org/team/envs`. */
  registry: string;
  /** Name and tag that the image would get if it was built here. */
  tag: string;
  /** The platform of its base image. */
  platform: string;
}

const fetching = new SharedWork<void>();

/** The name of an environment's image at a registry. It does not depend on the folder's name. */
export function sharedName({ registry, tag }: Pick<SharedEnvironment, 'registry' | 'tag'>): string {
  return `${registry}:env-${tagHash(tag)}`;
}

/**
 * The local name of a pulled image. It contains the registry: a user who has configured another one, or none, doesn't
 * get the image. Whoever may push to the registry decides on its content.
 */
export function pulledName({ registry, tag }: Pick<SharedEnvironment, 'registry' | 'tag'>): string {
  return `ezj/pulled-${digest(registry).slice(0, 12)}:${tagHash(tag)}`;
}

/** The image, if it was pulled before. */
export async function findPulled(engine: Engine, shared: SharedEnvironment): Promise<Image | undefined> {
  const name = pulledName(shared);
  const image = await engine.inspectImage(name);
  return image && isFor(image, shared) ? { ...image, tags: [name] } : undefined;
}

/**
 * Pulls an environment's image and gives it its local name.
 * @throws those of `pullImage`; `image-unsuitable` if another image has its name at the registry
 */
export async function fetchShared(engine: Engine, shared: SharedEnvironment, call: CallContext): Promise<void> {
  const name = sharedName(shared);
  return fetching.run(name, call, ({ report, signal }) =>
    borrowName(engine, name, async () => {
      report({ type: 'step', text: `Looking for ${name}` });
      await engine.pullImage(name, { report, signal, answerWithinMs: ANSWER_WITHIN_MS });
      const image = await engine.inspectImage(name);
      if (image) refuseOther(image, name, shared);
      await engine.tagImage(name, pulledName(shared));
    }),
  );
}

/** Like {@link fetchShared}, but returns whether the registry has the image. A registry miss is silent; any other failure is a warning. */
export async function findShared(engine: Engine, shared: SharedEnvironment, call: CallContext): Promise<boolean> {
  try {
    await fetchShared(engine, shared, call);
    return true;
  } catch (thrown) {
    if (call.signal.aborted) throw thrown;
    const { code, message } = toEzjError(thrown);
    if (code !== 'image-not-found') {
      const reason = message.replaceAll(/\s+/g, ' ').replace(/\.$/, '');
      call.report({ type: 'warning', text: `${reason}. ezj builds it here instead.` });
    }
    return false;
  }
}

function isFor({ platform, labels }: Pick<Image, 'platform' | 'labels'>, shared: SharedEnvironment): boolean {
  return Boolean(labels[LABEL.environment]) && platform === shared.platform;
}

function refuseOther({ platform, labels }: Image, name: string, shared: SharedEnvironment): void {
  if (isFor({ platform, labels }, shared)) return;
  const isEnvironment = Boolean(labels[LABEL.environment]);
  const reason = isEnvironment
    ? `is for ${platform}, not for ${shared.platform}`
    : 'is not an environment that ezj built';
  throw new EzjError({
    code: 'image-unsuitable',
    message: `${name} ${reason}.`,
    hint: 'Push it again from a machine that has it: `ezj push`.',
  });
}
