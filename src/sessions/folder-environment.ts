import { readProjectFile } from '../config/project-file.ts';
import type { Image } from '../engine/engine.ts';
import { environmentTag } from '../environments/build-environment.ts';
import { type Detection, detect } from '../environments/detect.ts';
import { type Environment, environmentOf } from '../environments/environment.ts';
import { findLocalImage } from '../images/resolve-image.ts';
import { findKind, type Kind } from '../notebooks/kinds.ts';
import type { EnvironmentRequest } from '../protocol/environment.ts';
import type { KindRequest } from './labels.ts';
import { readSettings } from './labels.ts';
import type { LaunchContext } from './launch.ts';
import { settle } from './project-request.ts';

/** The environment of a folder, as far as it is known without pulling or building anything. */
export interface FolderEnvironment {
  detection: Detection;
  environment: Environment;
  kind: Kind;
  request: KindRequest;
  /** What it stands on; undefined where that is not here. */
  base?: Image;
  /** The base's name as it is asked for where it is not here. */
  expected: string;
  /** Name and tag of its image; undefined where the base is not here, or nothing is to be built. */
  tag?: string;
}

/**
 * The environment that a folder's files lead to. Nothing of it runs, so that nothing has to be agreed to.
 * @throws `project-file-invalid`, `environment-invalid`, `kind-unknown`
 */
export async function folderEnvironment(
  asked: EnvironmentRequest,
  { engine, config, owner, kinds: configured }: LaunchContext,
): Promise<FolderEnvironment> {
  const [file, detection] = await Promise.all([readProjectFile(asked.project), detect(asked.project)]);
  const nothing = { mounts: [], env: {}, readOnly: false, refresh: 'never' as const, host: { proxy: {} } };
  // A mount whose folder is not there has nothing to do with the environment.
  const request = settle({ ...nothing, ...asked }, { file, detection }, []);
  const environment = await environmentOf(detection, request.kind);
  const kind = findKind(request.kind, { ...configured, ...file?.settings.kinds });
  const base = await findLocalImage(engine, { kind, config, owner, request });
  const usual = 'reference' in kind.image ? kind.image.reference : config[kind.image.official];
  const tag = base && environment.plan.steps.length > 0 ? environmentTag(environment, base) : undefined;
  return { detection, environment, kind, request, base, expected: request.image ?? usual, tag };
}

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
