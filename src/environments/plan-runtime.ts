import type { Detection } from './files/detect.ts';
import { readRuntime } from './runtime.ts';
import { type EnvironmentPlan, NOTHING } from './step.ts';

/** Uses the CRAN date of a runtime.txt. The image sets the version, so a note says how to get another. */
export function planRuntime({ files }: Detection, kind: string): EnvironmentPlan {
  const file = files['runtime.txt'];
  if (!file) return NOTHING;
  const runtime = readRuntime(file);
  const isR = kind === 'r' || kind === 'rstudio';
  if ((runtime.language === 'r') !== isR)
    return { ...NOTHING, decisions: [{ file: file.path, used: false, why: `the kind is ${kind}` }] };
  const date = runtime.language === 'r' ? runtime.date : undefined;
  const why = date ? `packages from CRAN as of ${date}` : 'the image sets the version';
  const other = kind === 'rstudio' ? `--r-version ${runtime.version}` : '--image REF';
  const language = runtime.language === 'r' ? 'R' : 'Python';
  const note = `${file.path}: ${language} ${runtime.version} is not installed: the image has its own version; to change it, use ${other}`;
  const notes = runtime.version === undefined ? [] : [note];
  return { ...NOTHING, decisions: [{ file: file.path, used: date !== undefined, why }], notes };
}
