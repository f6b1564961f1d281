import { type CallContext, SharedWork } from '../concurrency/shared-work.ts';
import { parseImageReference } from '../engine/image-reference.ts';
import { borrowName } from '../environments/borrow-name.ts';
import { sharedName } from '../environments/build/shared.ts';
import { tagHash } from '../environments/tags.ts';
import { folderEnvironment } from '../projects/folder-environment.ts';
import { EzjError } from '../protocol/errors.ts';
import type { PushReport, PushRequest } from '../protocol/sharing.ts';
import { asSessionHas } from '../sessions/session-environment.ts';
import { builtImage, refuseDockerfile, refuseNothing } from './built-environment.ts';
import type { SharingContext } from './context.ts';

const pushing = new SharedWork<PushReport>();

/**
 * Pushes the image of the environment of a folder. It must be built already, because a push runs no code of the folder.
 * @throws `image-not-local`, the errors of `pushImage`; `usage` without a target, and for an environment that ezj did not
 *   build
 */
export async function pushEnvironment(
  { reference, ...asked }: PushRequest,
  context: SharingContext,
  call: CallContext,
): Promise<PushReport> {
  const { engine, config } = context;
  const nameFor = reference === undefined ? nameByHash(config['env.registry']) : nameAsAsked(reference);
  const found = await folderEnvironment(await asSessionHas(asked, context), context);
  refuseDockerfile(found, 'pushes', 'Use docker push for such an image. `ezj env` prints its name.');
  refuseNothing(found);
  const { image } = await builtImage(engine, found, 'pushes');
  const tag = image.tags[0] ?? image.id;
  const name = nameFor(tag);
  return pushing.run(`${image.id} ${name}`, call, ({ report, signal }) =>
    borrowName(engine, name, async () => {
      await engine.tagImage(image.id, name);
      report({ type: 'step', text: `Pushing ${tag} as ${name}` });
      return { image: tag, reference: name, digest: await engine.pushImage(name, { report, signal }) };
    }),
  );
}

function nameByHash(registry: string): (tag: string) => string {
  if (registry !== '') return (tag) => sharedName({ registry, tag });
  throw new EzjError({
    code: 'usage',
    message: 'There is nowhere to push to: no name is given, and env.registry is not set.',
    hint: 'ezj push registry.example.org/team/analysis, or once: ezj config set env.registry registry.example.org/team/envs',
  });
}

function nameAsAsked(reference: string): (tag: string) => string {
  const { registry, repository, digest } = parseImageReference(reference);
  if (digest !== undefined) throw unsuitable(reference, 'it has a digest, which only a registry can give');
  if (registry === 'docker.io' && repository.startsWith('library/'))
    throw unsuitable(reference, 'it names neither a registry nor an account');
  const hasTag = /:[^/]*$/.test(reference);
  return (tag) => (hasTag ? reference : `${reference}:${tagHash(tag)}`);
}

function unsuitable(reference: string, reason: string): EzjError {
  return new EzjError({
    code: 'usage',
    message: `${JSON.stringify(reference)} is not a name to push to: ${reason}.`,
    hint: 'A name looks like registry.example.org/team/analysis:1. Write a folder as a path: ezj push ./analysis',
  });
}
