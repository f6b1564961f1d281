import type { Context, Hono } from 'hono';
import { listKinds } from '../../notebooks/kinds.ts';
import { readProjectFile } from '../../projects/project-file.ts';
import { completeRequest } from '../../projects/project-request.ts';
import { isTrusted, permissionsOf } from '../../projects/trust.ts';
import { EzjError } from '../../protocol/errors.ts';
import { type ProjectReport, ROUTES } from '../../protocol/routes.ts';
import type { StartRequest } from '../../protocol/session.ts';
import type { DaemonState } from '../state.ts';
import { parse, projectQuery, readBody, startRequest, trustRequest } from './requests.ts';

/** What a project's files ask for, what the user has agreed to of it, and the kinds that it and the configuration add. */
export function projectRoutes(app: Hono, { config, trust }: DaemonState): void {
  async function report(request: StartRequest): Promise<ProjectReport | null> {
    const project = await completeRequest(request, config.read().kinds);
    const { file, devcontainer, code, fingerprint } = project;
    const permissions = permissionsOf(project);
    if (!file && permissions.length === 0) return null;
    const trusted = permissions.length === 0 || isTrusted(project, trust);
    const asking = file && code.length === 0 && !devcontainer ? file.path : request.project;
    return { file: asking, fingerprint, permissions, trusted, passEnv: file?.settings.passEnv ?? [] };
  }

  // Null where the folder has no file of its own and nothing that has to be agreed to. POST, because the request is its body: nothing changes.
  app.post(ROUTES.project, async (c) => c.json(await report(await readBody(c, startRequest))));

  app.get(ROUTES.trust, (c) => c.json(trust.list()));

  app.put(ROUTES.trust, async (c) => {
    const { request, fingerprint } = await readBody(c, trustRequest);
    // What was shown is what is agreed to.
    if ((await report(request))?.fingerprint !== fingerprint) throw changed(request.project);
    trust.trust(request.project, fingerprint);
    // Who agrees to all of it agrees to less.
    const less = await completeRequest({ ...request, noEnv: true }, config.read().kinds);
    trust.trust(request.project, less.fingerprint);
    return c.json(await report(request));
  });

  app.delete(ROUTES.trust, (c) => c.json({ revoked: trust.revoke(projectOf(c)) }));

  app.get(ROUTES.kinds, async (c) => {
    const file = await readProjectFile(projectOf(c));
    return c.json(listKinds({ configuration: config.read().kinds, project: file?.settings.kinds ?? {} }));
  });
}

function projectOf(c: Context): string {
  return parse(projectQuery, { project: c.req.query('project') }).project;
}

function changed(project: string): EzjError {
  return new EzjError({
    code: 'project-untrusted',
    message: `What ${project} asks for, or what that leads to, has changed since it was shown.`,
    hint: 'Type the command again to see it.',
  });
}
