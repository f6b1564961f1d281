import { CACHE_FOLDERS } from '../build/build-folder.ts';
import type { Detection } from '../files/detect.ts';
import { invalid } from '../files/invalid.ts';
import { readJsonFile } from '../files/json-file.ts';
import type { NamedFile } from '../files/named-files.ts';
import { readRuntime } from '../runtime.ts';
import { countOf, type EnvironmentPlan, NOTHING, type Step } from '../step.ts';
import { isPackageDescription, readDescription } from './description.ts';
import { INSTALL_PACKAGES, prelude, RESTORE_RENV, RUN_INSTALL_R } from './r-scripts.ts';

/** Skips the image's profiles, which put a library of the home folder first. */
const RSCRIPT = 'export R_PROFILE=/dev/null R_PROFILE_USER=/dev/null\nRscript --no-save';

/** R's packages: those of the lock, or else of DESCRIPTION; then install.R. */
export function planR({ files }: Detection, kind: string): EnvironmentPlan {
  const found = (['renv.lock', 'DESCRIPTION', 'install.R'] as const).flatMap((name) => files[name] ?? []);
  if (kind !== 'r' && kind !== 'rstudio') {
    return {
      ...NOTHING,
      decisions: found.map(({ path }) => ({ file: path, used: false, why: `the kind is ${kind}` })),
    };
  }
  const start = textFile('ezj.R', prelude(dateOf(files['runtime.txt'])));
  const parts = [planPackages(files, start), planInstallR(files['install.R'], start)];
  return {
    steps: parts.flatMap(({ steps }) => steps),
    decisions: parts.flatMap(({ decisions }) => decisions),
    notes: parts.flatMap(({ notes }) => notes),
  };
}

function planPackages(files: Detection['files'], start: NamedFile): EnvironmentPlan {
  const { 'renv.lock': lock, DESCRIPTION: description } = files;
  if (lock) {
    const unused = description
      ? [{ file: description.path, used: false, why: 'renv.lock has the exact versions' }]
      : [];
    const decision = { file: lock.path, used: true, why: countOf(countLocked(lock), 'locked package') };
    return { ...NOTHING, steps: [restoreStep(lock, start)], decisions: [decision, ...unused] };
  }
  if (!description) return NOTHING;
  if (!isPackageDescription(description)) {
    const why = 'it has no field Package, so it does not describe an R package';
    return { ...NOTHING, decisions: [{ file: description.path, used: false, why }] };
  }
  const { packages, notes } = readDescription(description);
  const decisions = [{ file: description.path, used: packages.length > 0, why: countOf(packages.length, 'package') }];
  if (packages.length === 0) return { ...NOTHING, decisions, notes };
  const list = packages.map(({ name, least }) => `${name} ${least}\n`).join('');
  const packageList = textFile('r-packages', list);
  const scripts = [start, packageList, textFile('install-packages.R', INSTALL_PACKAGES)];
  const step: Step = {
    from: description.path,
    run: `${RSCRIPT} install-packages.R`,
    files: scripts,
    caches: [],
    additive: { lines: list.trim().split('\n'), files: [packageList] },
  };
  return { steps: [step], decisions, notes };
}

function restoreStep(lock: NamedFile, start: NamedFile): Step {
  const cache = `RENV_PATHS_ROOT=${CACHE_FOLDERS.renv} RENV_CONFIG_CACHE_SYMLINKS=FALSE RENV_CONFIG_PAK_ENABLED=FALSE`;
  return {
    from: lock.path,
    run: `export ${cache}\n${RSCRIPT} restore-renv.R`,
    files: [start, { ...lock, path: 'renv.lock' }, textFile('restore-renv.R', RESTORE_RENV)],
    caches: ['renv'],
    // R packages run code at their installation.
    runsCode: true,
    // The project's .Rprofile would switch to an empty library in the project and hide the image's.
    env: { RENV_CONFIG_AUTOLOADER_ENABLED: 'FALSE' },
  };
}

function countLocked(lock: NamedFile): number {
  const { Packages } = (readJsonFile(lock) ?? {}) as { Packages?: unknown };
  if (typeof Packages !== 'object' || Packages === null) throw invalid(lock.path, 'it has no "Packages"');
  return Object.keys(Packages).length;
}

function planInstallR(file: NamedFile | undefined, start: NamedFile): EnvironmentPlan {
  if (!file) return NOTHING;
  const files = [start, { ...file, path: 'install.R' }, textFile('run-install.R', RUN_INSTALL_R)];
  const step: Step = { from: file.path, run: `${RSCRIPT} run-install.R`, files, caches: [] };
  return {
    steps: [step],
    decisions: [{ file: file.path, used: true, why: 'runs while the image is built' }],
    notes: [],
  };
}

function dateOf(file: NamedFile | undefined): string | undefined {
  const runtime = file && readRuntime(file);
  return runtime?.language === 'r' ? runtime.date : undefined;
}

function textFile(path: string, text: string): NamedFile {
  return { path, content: Buffer.from(text) };
}
