import type { Detection } from './detect.ts';
import { type EnvironmentPlan, NOTHING } from './step.ts';

/** What describes an environment as well and is not built: it is said, rather than passed over. */
export function planUnsupported({ files, devcontainer }: Detection): EnvironmentPlan {
  const found = [files.Dockerfile, devcontainer].filter((file) => file !== undefined);
  const why = 'ezj does not build it: `docker build` it, and name the image with --image or in ezj.yaml';
  return { ...NOTHING, verdicts: found.map(({ path }) => ({ file: path, used: false, why })) };
}
