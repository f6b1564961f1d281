import { describeFolder } from '../../projects/folder-environment.ts';
import type { DaemonState } from '../state.ts';
import { environmentRequest } from './requests.ts';
import type { Router } from './router.ts';

/** The route that describes the environment of a project. */
export function environmentRoute(router: Router, state: DaemonState): void {
  router.answer('POST /v1/environment', { body: environmentRequest }, async ({ body }) =>
    describeFolder(body, await state.context()),
  );
}
