import type { Detection } from '../environments/files/detect.ts';
import type { InstalledReport } from '../protocol/environment.ts';
import { listIncompatible, type UserOf } from '../sessions/incompatible-packages.ts';
import type { Runtime } from '../sessions/runtime.ts';
import { pythonBeyond } from './installed-python.ts';
import { rBeyond } from './installed-r.ts';
import { readManifests } from './manifest.ts';

/** The packages in a session that the files of the project do not ask for, and the version of its R. */
export type Installed = Omit<InstalledReport, 'session'> & { rVersion: string };

/**
 * Finds packages in a running session that the files of its project do not ask for, or ask for in another version.
 * @throws `environment-invalid`
 */
export async function findInstalled(runtime: Runtime, detection: Detection, user: UserOf): Promise<Installed> {
  const manifests = await readManifests(detection);
  const changed = await runtime.filesOutside(user.id);
  const [python, r, incompatible] = await Promise.all([
    pythonBeyond(runtime, user, { asked: manifests.python?.asked ?? [], changed }),
    rBeyond(runtime, user, { asked: manifests.r?.asked ?? [], changed }),
    listIncompatible(runtime, user),
  ]);
  return {
    project: detection.project,
    manifests: { python: manifests.python?.file.path, r: manifests.r?.file.path },
    packages: [...python.packages, ...r.packages],
    dependencies: [...python.dependencies, ...r.dependencies],
    incompatible,
    rVersion: r.version,
  };
}
