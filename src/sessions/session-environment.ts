import type { EnvironmentRequest } from '../protocol/environment.ts';
import type { LaunchContext } from './context.ts';
import { readSettings } from './labels.ts';

/** A request completed by the session that the folder has, where the user names neither kind nor image and there is just one. */
export async function asSessionHas(
  asked: EnvironmentRequest,
  { registry, engine }: LaunchContext,
): Promise<EnvironmentRequest> {
  if (asked.kind !== undefined || asked.image !== undefined) return asked;
  const sessions = (await registry.list()).filter(({ project }) => project === asked.project);
  const [session] = sessions;
  if (sessions.length !== 1 || session === undefined) return asked;
  const details = await engine.inspectContainer(session.container);
  return { ...asked, kind: session.kind, image: details && readSettings(details).image };
}
