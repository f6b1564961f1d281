import { type Detection, detect } from '../environments/files/detect.ts';
import { type FolderContext, folderEnvironment } from '../projects/folder-environment.ts';
import type { InstalledPackage, InstalledReport, SaveReport } from '../protocol/environment.ts';
import { EzjError } from '../protocol/errors.ts';
import type { LaunchContext } from '../sessions/context.ts';
import { inspectRunning } from '../sessions/open-session.ts';
import { asSessionHas } from '../sessions/session-environment.ts';
import { findInstalled, type Installed } from './diff.ts';
import { saveInstalled } from './save.ts';

type Sessions = Pick<LaunchContext, 'registry' | 'runtime'>;

/**
 * Lists packages in a running session that the files of its project do not ask for.
 * @throws `session-not-found`, `environment-invalid`
 */
export async function diffSession(name: string, context: Sessions): Promise<InstalledReport> {
  const { installed } = await look(name, context);
  const { rVersion: _, ...report } = installed;
  return { session: name, ...report };
}

/**
 * Writes the packages of {@link diffSession} into the files of the project. With `dryRun`, only returns the changes.
 * @throws `usage` if a Dockerfile makes the image, and the errors of `saveInstalled`
 */
export async function saveSession(
  name: string,
  { dryRun }: { dryRun: boolean },
  context: Sessions & FolderContext,
): Promise<SaveReport> {
  const { detection, installed } = await look(name, context);
  const { project } = detection;
  // If a Dockerfile makes the image, the other files do not count.
  const { environment } = await folderEnvironment(await asSessionHas({ project }, context), context);
  if (environment.build) throw madeByDockerfile(environment.build.file.path, installed.packages);
  const saved = await saveInstalled(detection, installed, { dryRun });
  return { session: name, project, dryRun, ...saved };
}

async function look(
  name: string,
  { runtime, registry }: Sessions,
): Promise<{ detection: Detection; installed: Installed }> {
  const { container: id, project } = await registry.find(name);
  const { user } = await inspectRunning(runtime, id);
  const detection = await detect(project);
  return { detection, installed: await findInstalled(runtime, detection, { id, user }) };
}

function madeByDockerfile(file: string, packages: InstalledPackage[]): EzjError {
  const python = packages.flatMap(({ language, requirement }) => (language === 'python' && requirement) || []);
  return new EzjError({
    code: 'usage',
    message: `The image comes from ${file} alone, and ezj does not change that file.`,
    hint: python.length > 0 ? `Add to it: RUN pip install ${python.join(' ')}` : undefined,
  });
}
