import { listKinds } from '../../notebooks/kinds.ts';
import { readProjectFile } from '../../projects/project-file.ts';
import { grantPermissions, reportPermissions } from '../../projects/trust.ts';
import type { DaemonState } from '../state.ts';
import { projectQuery, startRequest, trustRequest } from './requests.ts';
import type { Router } from './router.ts';

/** Routes for the permissions of a project, for trust, and for the kinds of the project and the configuration. */
export function projectRoutes(router: Router, { config, trust }: DaemonState): void {
  router.answer('POST /v1/project', { body: startRequest }, ({ body }) =>
    reportPermissions(body, { config: config.read(), trust }),
  );
  router.answer('GET /v1/trust', {}, () => trust.list());
  router.answer('PUT /v1/trust', { body: trustRequest }, ({ body }) =>
    grantPermissions(body, { config: config.read(), trust }),
  );
  router.answer('DELETE /v1/trust', { query: projectQuery }, ({ query }) => ({ revoked: trust.revoke(query.project) }));

  router.answer('GET /v1/kinds', { query: projectQuery }, async ({ query }) => {
    const file = await readProjectFile(query.project);
    return listKinds({ configuration: config.read().kinds, project: file?.settings.kinds ?? {} });
  });
}
