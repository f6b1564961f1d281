import type { Config } from '../config/keys.ts';
import type { UserKind } from '../config/user-kinds.ts';
import type { Engine, Image } from '../engine/engine.ts';
import { findEnvironment } from '../environments/build/build-environment.ts';
import type { EnvironmentSources } from '../environments/build/sources.ts';
import { describeEnvironment } from '../environments/describe.ts';
import { type Environment, environmentOf } from '../environments/environment.ts';
import type { Detection } from '../environments/files/detect.ts';
import { importedFor } from '../environments/imported.ts';
import type { EnvironmentRecords } from '../environments/records.ts';
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
  /** The image of the environment; undefined if it is not on this machine, or there is nothing to build. */
  image?: Image;
  sources: EnvironmentSources;
}

/** What {@link folderEnvironment} needs. */
export interface FolderContext {
  engine: Engine;
  config: Config;
  owner: string;
  /** Kinds that the user defined, by name. */
  kinds: Record<string, UserKind>;
  records: Pick<EnvironmentRecords, 'all'>;
}

/**
 * Finds the environment that follows from the files of a folder. Runs no code of the folder, so it needs no permission.
 * @throws `project-file-invalid`, `environment-invalid`, `kind-unknown`
 */
export async function folderEnvironment(
  asked: EnvironmentRequest,
  { engine, config, owner, kinds: configured, records }: FolderContext,
): Promise<FolderEnvironment> {
  const { file, detection, devcontainer, request, plan, permissions } = await planFolder(asked, configured);
  const environment = await environmentOf(asked.project, plan, devcontainer);
  const kind = findKind(request.kind, { ...configured, ...file?.settings.kinds });
  const imported = importedFor(engine, { records, project: asked.project });
  const sources = { registry: config['env.registry'], imported };
  const wanted = { kind, config, owner, request, imported: imported.named };
  const base = plan.build ? undefined : await findLocalImage(engine, wanted);
  const usual = 'reference' in kind.image ? kind.image.reference : config[kind.image.official];
  const image =
    base && plan.steps.length > 0 ? await findEnvironment(engine, environment, { base, sources }) : undefined;
  return { detection, environment, kind, request, permissions, base, expected: request.image ?? usual, image, sources };
}

/**
 * Describes a folder for `ezj env`.
 * @throws the errors of {@link folderEnvironment}
 */
export async function describeFolder(asked: EnvironmentRequest, context: FolderContext): Promise<EnvironmentReport> {
  const { environment, kind, ...found } = await folderEnvironment(asked, context);
  return describeEnvironment(context.engine, environment, { ...found, kind: kind.name });
}
