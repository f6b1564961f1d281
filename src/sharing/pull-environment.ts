import type { CallContext } from '../concurrency/shared-work.ts';
import { environmentTag, findEnvironment } from '../environments/build/build-environment.ts';
import { fetchShared, pulledName, sharedName } from '../environments/build/shared.ts';
import { resolveImage } from '../images/resolve-image.ts';
import { folderEnvironment } from '../projects/folder-environment.ts';
import { EzjError, toEzjError } from '../protocol/errors.ts';
import type { FetchReport, FetchRequest } from '../protocol/sharing.ts';
import { shellQuote } from '../protocol/shell-word.ts';
import { asSessionHas } from '../sessions/session-environment.ts';
import { refuseDockerfile, refuseNothing } from './built-environment.ts';
import type { SharingContext } from './context.ts';

/**
 * Pulls the environment of a folder from `env.registry`, and gets its base image as a start does.
 * @throws `image-not-found` if it is not in the registry, the errors of `pullImage` and `resolveImage`; `usage` without a
 *   registry, and for an environment that ezj does not build
 */
export async function fetchEnvironment(
  { host, ...asked }: FetchRequest,
  context: SharingContext,
  call: CallContext,
): Promise<FetchReport> {
  const { engine, config, owner, records } = context;
  const registry = config['env.registry'];
  if (registry === '') throw noRegistry();
  const found = await folderEnvironment(await asSessionHas(asked, context), context);
  refuseDockerfile(found, 'pulls', 'To build it, start a session: ezj');
  refuseNothing(found);
  const { kind, environment, sources } = found;
  const request = { ...found.request, refresh: 'auto' as const, host };
  const base =
    found.base ??
    (await resolveImage(engine, { kind, config, owner, request, imported: sources.imported.named }, call));
  const tag = environmentTag(environment, base);
  const reference = sharedName({ registry, tag });
  const known = await findEnvironment(engine, environment, { base, sources });
  if (known) return { image: known.tags[0] ?? tag, reference, pulled: false };
  try {
    await fetchShared(engine, { registry, tag, platform: base.platform }, call);
  } catch (thrown) {
    throw toEzjError(thrown).code === 'image-not-found' ? notShared(reference, asked.project, thrown) : thrown;
  }
  const image = pulledName({ registry, tag });
  records.imported(image);
  return { image, reference, pulled: true };
}

function noRegistry(): EzjError {
  return new EzjError({
    code: 'usage',
    message: 'There is nowhere to pull from: env.registry is not set.',
    hint: 'ezj config set env.registry registry.example.org/team/envs',
  });
}

function notShared(reference: string, project: string, cause: unknown): EzjError {
  const folder = shellQuote(project);
  return new EzjError({
    code: 'image-not-found',
    message: `Nobody has pushed the environment of ${project}: the registry has no ${reference}.`,
    hint: `Build it here (ezj -d ${folder}), then share it: ezj push ${folder}`,
    cause,
  });
}
