import type { Context, Hono } from 'hono';
import { type ProjectFile, readProjectFile } from '../config/project-file.ts';
import { listKinds } from '../notebooks/kinds.ts';
import { EzjError } from '../protocol/errors.ts';
import { type ProjectReport, ROUTES } from '../protocol/routes.ts';
import { reachOf } from '../sessions/project-request.ts';
import { parse, projectQuery, readBody, trustRequest } from './requests.ts';
import type { DaemonState } from './state.ts';

/** A project's own file, what the user has agreed to in it, and the kinds that it and the configuration add. */
export function projectRoutes(app: Hono, { config, trust }: DaemonState): void {
  async function report(project: string, file: ProjectFile): Promise<ProjectReport> {
    const reach = await reachOf(project, file);
    const trusted = reach.length === 0 || trust.isTrusted(project, file);
    return { file: file.path, hash: file.hash, reach, trusted, passEnv: file.settings.passEnv };
  }

  // Null where the folder has no file.
  app.get(ROUTES.project, async (c) => {
    const project = projectOf(c);
    const file = await readProjectFile(project);
    return c.json(file ? await report(project, file) : null);
  });

  app.get(ROUTES.trust, (c) => c.json(trust.list()));

  app.put(ROUTES.trust, async (c) => {
    const { project, hash } = await readBody(c, trustRequest);
    const file = await readProjectFile(project);
    // What was shown is what is agreed to.
    if (file?.hash !== hash) throw changed(project);
    trust.trust(project, hash);
    return c.json(await report(project, file));
  });

  app.delete(ROUTES.trust, (c) => c.json({ revoked: trust.revoke(projectOf(c)) }));

  app.get(ROUTES.kinds, async (c) => {
    const project = c.req.query('project');
    const file = project === undefined ? undefined : await readProjectFile(projectOf(c));
    return c.json(listKinds({ configuration: config.read().kinds, project: file?.settings.kinds ?? {} }));
  });
}

function projectOf(c: Context): string {
  return parse(projectQuery, { project: c.req.query('project') }).project;
}

function changed(project: string): EzjError {
  return new EzjError({
    code: 'project-untrusted',
    message: `ezj.yaml in ${project} has changed since it was shown.`,
    hint: 'Type the command again to see it.',
  });
}
