import type { Config } from '../config/keys.ts';
import type { UserKind } from '../config/user-kinds.ts';
import type { Engine, Image } from '../engine/engine.ts';
import { environmentTag } from '../environments/build/build-environment.ts';
import { describeEnvironment } from '../environments/describe.ts';
import { type Environment, environmentOf } from '../environments/environment.ts';
import type { Detection } from '../environments/files/detect.ts';
import { planEnvironment } from '../environments/plan.ts';
import { codeOf } from '../environments/project-code.ts';
import { findLocalImage } from '../images/resolve-image.ts';
import type { Kind } from '../notebooks/kind.ts';
import { findKind } from '../notebooks/kinds.ts';
import type { EnvironmentReport, EnvironmentRequest } from '../protocol/environment.ts';
import type { KindRequest } from '../protocol/session.ts';
import { chooseImage, readProject, settle } from './project-request.ts';

/** The environment of a folder, as far as it is known without pulling or building anything. */
export interface FolderEnvironment {
  detection: Detection;
  environment: Environment;
  kind: Kind;
  request: KindRequest;
  /** What of the project's code a start would run, a line each. */
  permissions: string[];
  /** What it stands on; undefined where that is not here. */
  base?: Image;
  /** The base's name as it is asked for where it is not here. */
  expected: string;
  /** Name and tag of its image; undefined where the base is not here, or nothing is to be built. */
  tag?: string;
}

/** What a folder is looked at with. */
interface FolderContext {
  engine: Engine;
  config: Config;
  owner: string;
  /** Kinds of the user's own, by name. */
  kinds: Record<string, UserKind>;
}

/**
 * The environment that a folder's files lead to. Nothing of it runs, so that nothing has to be agreed to.
 * @throws `project-file-invalid`, `environment-invalid`, `kind-unknown`
 */
export async function folderEnvironment(
  asked: EnvironmentRequest,
  { engine, config, owner, kinds: configured }: FolderContext,
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
  const permissions = [...codeOf(detection, choice), ...(plan.code ?? [])].map(({ what }) => what);
  const usual = 'reference' in kind.image ? kind.image.reference : config[kind.image.official];
  const tag = base && plan.steps.length > 0 ? environmentTag(environment, base) : undefined;
  return { detection, environment, kind, request, permissions, base, expected: request.image ?? usual, tag };
}

/**
 * What `ezj env` shows of a folder.
 * @throws what {@link folderEnvironment} throws
 */
export async function describeFolder(asked: EnvironmentRequest, context: FolderContext): Promise<EnvironmentReport> {
  const { environment, kind, permissions, base, expected } = await folderEnvironment(asked, context);
  return describeEnvironment(context.engine, environment, { permissions, kind: kind.name, base, expected });
}
