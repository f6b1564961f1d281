import type { Config } from '../config/keys.ts';
import type { UserKind } from '../config/user-kinds.ts';
import type { Engine, Image } from '../engine/engine.ts';
import { environmentTag } from '../environments/build/build-environment.ts';
import { describeEnvironment } from '../environments/describe.ts';
import { type Environment, environmentOf } from '../environments/environment.ts';
import type { Detection } from '../environments/files/detect.ts';
import { findLocalImage } from '../images/resolve-image.ts';
import type { Kind } from '../notebooks/kind.ts';
import { findKind } from '../notebooks/kinds.ts';
import type { EnvironmentReport, EnvironmentRequest } from '../protocol/environment.ts';
import type { KindRequest } from '../protocol/session.ts';
import { planFolder } from './plan-folder.ts';

/** The environment of a folder, as far as ezj knows it without a pull or a build. */
export interface FolderEnvironment {
  detection: Detection;
  environment: Environment;
  kind: Kind;
  request: KindRequest;
  /** The project's code that a start would run, one line each. */
  permissions: string[];
  /** The base image; undefined if it is not on this machine. */
  base?: Image;
  /** The name of the base image, for use if it is not on this machine. */
  expected: string;
  /** Name and tag of the image; undefined if the base image is not on this machine, or there is nothing to build. */
  tag?: string;
}

/** What {@link folderEnvironment} needs. */
export interface FolderContext {
  engine: Engine;
  config: Config;
  owner: string;
  /** Kinds that the user defined, by name. */
  kinds: Record<string, UserKind>;
}

/**
 * Finds the environment that follows from the files of a folder. Runs no code of the folder, so it needs no permission.
 * @throws `project-file-invalid`, `environment-invalid`, `kind-unknown`
 */
export async function folderEnvironment(
  asked: EnvironmentRequest,
  { engine, config, owner, kinds: configured }: FolderContext,
): Promise<FolderEnvironment> {
  const { file, detection, devcontainer, request, plan, permissions } = await planFolder(asked, configured);
  const environment = await environmentOf(asked.project, plan, devcontainer);
  const kind = findKind(request.kind, { ...configured, ...file?.settings.kinds });
  const base = plan.build ? undefined : await findLocalImage(engine, { kind, config, owner, request });
  const usual = 'reference' in kind.image ? kind.image.reference : config[kind.image.official];
  const tag = base && plan.steps.length > 0 ? environmentTag(environment, base) : undefined;
  return { detection, environment, kind, request, permissions, base, expected: request.image ?? usual, tag };
}

/**
 * Describes a folder for `ezj env`.
 * @throws the errors of {@link folderEnvironment}
 */
export async function describeFolder(asked: EnvironmentRequest, context: FolderContext): Promise<EnvironmentReport> {
  const { environment, kind, permissions, base, expected } = await folderEnvironment(asked, context);
  return describeEnvironment(context.engine, environment, { permissions, kind: kind.name, base, expected });
}
