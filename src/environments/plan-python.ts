import { BUILD_FOLDER, CACHE_FOLDERS } from './build-folder.ts';
import type { Detection } from './detect.ts';
import { readNamed } from './named-files.ts';
import { readRequirements } from './requirements.ts';
import { countOf, type EnvironmentPlan, NOTHING, type Step } from './step.ts';

/** Python's packages. Into the image's own folder, for the home folder is a volume that would hide them. */
export async function planPython({ project, files }: Detection, kind: string): Promise<EnvironmentPlan> {
  const file = files['requirements.txt'];
  if (!file) return NOTHING;
  if (kind === 'rstudio')
    return { ...NOTHING, verdicts: [{ file: file.path, used: false, why: 'RStudio has no Python' }] };
  const requirements = await readRequirements(file, (name) => readNamed(project, name));
  const used = requirements.count > 0;
  const verdicts = [{ file: file.path, used, why: countOf(requirements.count, 'requirement') }];
  if (!used) return { steps: [], verdicts, notes: requirements.notes };
  const step: Step = {
    from: file.path,
    // `PIP_USER` overrides what ezj's own image says in its pip.conf.
    run: `export PIP_USER=0 PIP_BREAK_SYSTEM_PACKAGES=1 PIP_ROOT_USER_ACTION=ignore\npython3 -m pip install --progress-bar off --cache-dir ${CACHE_FOLDERS.pip} -r ${BUILD_FOLDER}/${file.path}`,
    files: requirements.files,
    caches: ['pip'],
  };
  return { steps: [step], verdicts, notes: requirements.notes };
}
