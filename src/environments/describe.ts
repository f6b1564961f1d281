import type { Engine, Image } from '../engine/engine.ts';
import type { EnvironmentReport } from '../protocol/environment.ts';
import { environmentTag } from './build/build-environment.ts';
import { findDockerfileImage } from './dockerfile/build-dockerfile.ts';
import type { Environment } from './environment.ts';
import { decode } from './files/named-files.ts';
import { writeDockerfile } from './write-dockerfile.ts';

/**
 * The report of `ezj env`. Builds nothing. `expected`: the future base if it is not local yet. `image`: that of the
 * environment if it is local.
 */
export async function describeEnvironment(
  engine: Engine,
  environment: Environment,
  {
    kind,
    permissions,
    base,
    expected,
    image: found,
  }: { kind: string; permissions: string[]; base?: Image; expected: string; image?: Image },
): Promise<EnvironmentReport> {
  const { project, plan, build } = environment;
  const { steps, decisions, notes } = plan;
  const common = { project, kind, files: decisions, notes, permissions };
  if (build) {
    const known = await findDockerfileImage(engine, environment, build);
    return {
      ...common,
      base: known?.images.join(', '),
      dockerfile: decode(build.file.content).trimEnd(),
      image: known?.tag,
      built: known?.image !== undefined,
    };
  }
  const name = base && (base.tags[0] ?? base.id);
  const image = base && steps.length > 0 ? (found?.tags[0] ?? environmentTag(environment, base)) : undefined;
  return {
    ...common,
    base: name,
    dockerfile: steps.length > 0 ? writeDockerfile(plan, name ?? expected) : undefined,
    image,
    built: found !== undefined,
  };
}
