import { diffSession, saveSession } from '../../installed/session-packages.ts';
import type { DaemonState } from '../state.ts';
import { saveRequest } from './requests.ts';
import type { Router } from './router.ts';

/** Routes that list and save packages that a session has beyond the files of its project. */
export function installedRoutes(router: Router, state: DaemonState): void {
  router.answer('GET /v1/sessions/:name/installed', {}, async ({ params }) =>
    diffSession(params.name, await state.context()),
  );
  router.answer('POST /v1/sessions/:name/installed/save', { body: saveRequest }, async ({ params, body }) =>
    saveSession(params.name, body, await state.context()),
  );
}
