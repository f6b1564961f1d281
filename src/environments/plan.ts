import type { Devcontainer } from './devcontainer/devcontainer.ts';
import { planDevcontainer } from './devcontainer/plan-devcontainer.ts';
import { passOverDockerfile, planDockerfile } from './dockerfile/plan-dockerfile.ts';
import type { DockerfileBuild } from './dockerfile/read-dockerfile.ts';
import type { Detection } from './files/detect.ts';
import { planApt } from './plan-apt.ts';
import { planHooks } from './plan-hooks.ts';
import { planRuntime } from './plan-runtime.ts';
import { planConda } from './python/plan-conda.ts';
import { planPython } from './python/plan-python.ts';
import { isPackageDescription } from './r/description.ts';
import { planR } from './r/plan-r.ts';
import type { EnvironmentPlan } from './step.ts';

/** The choices that decide on the base image. */
export interface ImageChoice {
  /** The image that the user or a file names. */
  image?: string;
  build?: DockerfileBuild;
  /** Missing if there is none, or if it does not count. */
  devcontainer?: Devcontainer;
  /** Names of Python packages that may be built from source. */
  sourcePackages?: string[];
}

/**
 * Decides what to install for a kind of notebook. Layers that rarely change come first.
 * @throws `environment-invalid`
 */
export async function planEnvironment(
  detection: Detection,
  kind: string,
  choice: ImageChoice = {},
): Promise<EnvironmentPlan> {
  const { build } = choice;
  const parts = [
    ...(build ? [planDockerfile(detection, build)] : await planFiles(detection, kind, choice)),
    planDevcontainer(detection, choice),
  ];
  return {
    steps: parts.flatMap(({ steps }) => steps),
    ...(build && { build }),
    decisions: parts.flatMap(({ decisions }) => decisions),
    code: parts.flatMap(({ code = [] }) => code),
    notes: parts.flatMap(({ notes }) => notes),
  };
}

async function planFiles(
  detection: Detection,
  kind: string,
  { sourcePackages }: ImageChoice,
): Promise<EnvironmentPlan[]> {
  const conda = await planConda(detection, sourcePackages);
  return [
    planApt(detection),
    planRuntime(detection, kind),
    conda,
    await planPython(detection, kind, { conda, sourcePackages }),
    planR(detection, kind),
    planHooks(detection),
    passOverDockerfile(detection),
  ];
}

/** The kind of notebook that the files imply, and the file that does; undefined if no file does. */
export function kindOf({ files, rproj }: Detection): { kind: string; because: string } | undefined {
  const runtime = files['runtime.txt']?.content.toString('latin1').startsWith('r-') ? files['runtime.txt'] : undefined;
  const description = files.DESCRIPTION && isPackageDescription(files.DESCRIPTION) ? files.DESCRIPTION : undefined;
  const file = files['renv.lock'] ?? description ?? files['install.R'] ?? runtime;
  const because = file?.path ?? rproj;
  return because === undefined ? undefined : { kind: 'r', because };
}
