import type { Image } from '../engine/engine.ts';
import { environmentTag } from '../environments/build/build-environment.ts';
import { type Environment, environmentOf } from '../environments/environment.ts';
import type { Detection } from '../environments/files/detect.ts';
import { planEnvironment } from '../environments/plan.ts';
import { codeOf } from '../environments/project-code.ts';
import { findLocalImage } from '../images/resolve-image.ts';
import { findKind, type Kind } from '../notebooks/kinds.ts';
import type { EnvironmentRequest } from '../protocol/environment.ts';
import type { KindRequest } from '../sessions/labels.ts';
import { readSettings } from '../sessions/labels.ts';
import type { LaunchContext } from '../sessions/launch.ts';
import { chooseImage, readProject, settle } from './project-request.ts';

/** The environment of a folder, as far as it is known without pulling or building anything. */
export interface FolderEnvironment {
  detection: Detection;
  environment: Environment;
  kind: Kind;
  request: KindRequest;
  /** What of the project's code a start would run, a line each. */
  reach: string[];
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
  const files = await readProject(asked, configured);
  const { file, devcontainer } = files;
  // Nobody has asked to leave it aside.
  const detection = files.detection as Detection;
  const nothing = { mounts: [], env: {}, readOnly: false, refresh: 'never' as const, host: { proxy: {} } };
  // A mount whose folder is not there has nothing to do with the environment.
  const request = settle({ ...nothing, ...asked }, files, []);
  const choice = await chooseImage(asked, request, files);
  const plan = await planEnvironment(detection, request.kind, choice);
  const environment = await environmentOf(asked.project, plan, devcontainer);
  const kind = findKind(request.kind, { ...configured, ...file?.settings.kinds });
  const base = plan.build ? undefined : await findLocalImage(engine, { kind, config, owner, request });
  const reach = [...codeOf(detection, choice), ...(plan.code ?? [])].map(({ what }) => what);
  const usual = 'reference' in kind.image ? kind.image.reference : config[kind.image.official];
  const tag = base && plan.steps.length > 0 ? environmentTag(environment, base) : undefined;
  return { detection, environment, kind, request, reach, base, expected: request.image ?? usual, tag };
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
