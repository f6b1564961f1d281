import type { EnvironmentRequest } from '../protocol/environment.ts';
import type { LaunchContext } from './context.ts';

/**
 * Completes a request with the kind and image of the session of the folder, if the user names neither and there is only
 * one.
 */
export async function asSessionHas(
  asked: EnvironmentRequest,
  { registry, runtime }: Pick<LaunchContext, 'registry' | 'runtime'>,
): Promise<EnvironmentRequest> {
  if (asked.kind !== undefined || asked.image !== undefined) return asked;
  const sessions = (await registry.list()).filter(({ project }) => project === asked.project);
  const [session] = sessions;
  if (sessions.length !== 1 || session === undefined) return asked;
  const details = await runtime.inspect(session.container);
  return { ...asked, kind: session.kind, image: details?.settings.image };
}
