import { isPackageDescription } from './description.ts';
import type { Detection } from './detect.ts';
import { planApt } from './plan-apt.ts';
import { planConda } from './plan-conda.ts';
import { planHooks } from './plan-hooks.ts';
import { planPython } from './plan-python.ts';
import { planR } from './plan-r.ts';
import { planRuntime } from './plan-runtime.ts';
import { planUnsupported } from './plan-unsupported.ts';
import type { EnvironmentPlan } from './step.ts';

/**
 * Decides what is installed for a kind of notebook, in the order of layers: what changes seldom comes first.
 * @throws `environment-invalid`
 */
export async function planEnvironment(detection: Detection, kind: string): Promise<EnvironmentPlan> {
  const conda = await planConda(detection);
  const parts = [
    planApt(detection),
    planRuntime(detection, kind),
    conda,
    await planPython(detection, kind, conda),
    planR(detection, kind),
    planHooks(detection),
    planUnsupported(detection),
  ];
  return {
    steps: parts.flatMap(({ steps }) => steps),
    verdicts: parts.flatMap(({ verdicts }) => verdicts),
    notes: parts.flatMap(({ notes }) => notes),
  };
}

/** The kind of notebook that the files mean, and the one that says so; undefined where they leave it open. */
export function kindOf({ files, rproj }: Detection): { kind: string; because: string } | undefined {
  const runtime = files['runtime.txt']?.content.toString('latin1').startsWith('r-') ? files['runtime.txt'] : undefined;
  const description = files.DESCRIPTION && isPackageDescription(files.DESCRIPTION) ? files.DESCRIPTION : undefined;
  const file = files['renv.lock'] ?? description ?? files['install.R'] ?? runtime;
  const because = file?.path ?? rproj;
  return because === undefined ? undefined : { kind: 'r', because };
}
