import { readAptPackages } from './apt-packages.ts';
import { BUILD_FOLDER } from './build/build-folder.ts';
import type { Detection } from './files/detect.ts';
import { countOf, type EnvironmentPlan, NOTHING, type Step } from './step.ts';

const APT_LIST = 'apt-packages';

/** Debian packages of apt.txt. */
export function planApt({ files }: Detection): EnvironmentPlan {
  const file = files['apt.txt'];
  if (!file) return NOTHING;
  const packages = readAptPackages(file);
  const decision = { file: file.path, used: packages.length > 0, why: countOf(packages.length, 'Debian package') };
  if (packages.length === 0) return { ...NOTHING, decisions: [decision] };
  const install = `xargs -a ${BUILD_FOLDER}/${APT_LIST} apt-get -q install -y --no-install-recommends`;
  const step: Step = {
    from: file.path,
    run: `apt-get -q update\n${install}\nrm -rf /var/lib/apt/lists/* /var/cache/apt/*.bin /var/cache/apt/archives/*.deb`,
    files: [{ path: APT_LIST, content: Buffer.from(`${packages.join('\n')}\n`) }],
    caches: [],
  };
  return { steps: [step], decisions: [decision], notes: [] };
}
