import type { Context, Hono } from 'hono';
import { detect } from '../../environments/files/detect.ts';
import { findInstalled } from '../../installed/diff.ts';
import { saveInstalled } from '../../installed/save.ts';
import { folderEnvironment } from '../../projects/folder-environment.ts';
import type { InstalledPackage, InstalledReport, SaveReport } from '../../protocol/environment.ts';
import { EzjError } from '../../protocol/errors.ts';
import { ROUTES } from '../../protocol/routes.ts';
import { userOf } from '../../sessions/open-session.ts';
import { asSessionHas } from '../../sessions/session-environment.ts';
import type { DaemonState } from '../state.ts';
import { readBody, saveRequest } from './requests.ts';

/** What is installed in a session beyond its project's files, and how it gets into them. */
export function installedRoutes(app: Hono, state: DaemonState): void {
  async function look(c: Context) {
    const { engine, registry } = await state.context();
    const session = await registry.find(c.req.param('name') ?? '');
    const user = await userOf(engine, session.container);
    const detection = await detect(session.project);
    return { name: session.name, detection, installed: await findInstalled(engine, detection, user) };
  }

  /** What the other files ask for is not installed there. */
  async function refuseDockerfile(project: string, packages: InstalledPackage[]): Promise<void> {
    const context = await state.context();
    const { environment } = await folderEnvironment(await asSessionHas({ project }, context), context);
    if (environment.build) throw madeByDockerfile(environment.build.file.path, packages);
  }

  app.get(ROUTES.installed, async (c) => {
    const { name, installed } = await look(c);
    const { rVersion: _, ...report } = installed;
    return c.json({ session: name, ...report } satisfies InstalledReport);
  });

  app.post(ROUTES.saveInstalled, async (c) => {
    const { dryRun } = await readBody(c, saveRequest);
    const { name, detection, installed } = await look(c);
    await refuseDockerfile(detection.project, installed.packages);
    const saved = await saveInstalled(detection, installed, { dryRun });
    return c.json({ session: name, project: detection.project, dryRun, ...saved } satisfies SaveReport);
  });
}

function madeByDockerfile(file: string, packages: InstalledPackage[]): EzjError {
  const python = packages.flatMap(({ language, requirement }) => (language === 'python' && requirement) || []);
  return new EzjError({
    code: 'usage',
    message: `The image comes from ${file}, into which ezj writes nothing, and it alone counts.`,
    hint: python.length > 0 ? `Add to it: RUN pip install ${python.join(' ')}` : undefined,
  });
}
