import type { Engine, Image } from '../engine/engine.ts';
import type { EnvironmentReport } from '../protocol/environment.ts';
import { environmentTag, isBuilt } from './build-environment.ts';
import { writeDockerfile } from './dockerfile.ts';
import type { Environment } from './environment.ts';

/** What `ezj env` shows, without building anything. `expected`: what the base will be where it is not here yet. */
export async function describeEnvironment(
  engine: Engine,
  environment: Environment,
  { kind, reach, base, expected }: { kind: string; reach: string[]; base?: Image; expected: string },
): Promise<EnvironmentReport> {
  const { project, plan } = environment;
  const { steps, verdicts, notes } = plan;
  const name = base && (base.tags[0] ?? base.id);
  const image = base && steps.length > 0 ? environmentTag(environment, base) : undefined;
  return {
    project,
    kind,
    files: verdicts,
    notes,
    reach,
    base: name,
    dockerfile: steps.length > 0 ? writeDockerfile(plan, name ?? expected) : undefined,
    image,
    built: image !== undefined && (await isBuilt(engine, image)),
  };
}
