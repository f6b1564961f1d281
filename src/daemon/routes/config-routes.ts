import type { DaemonState } from '../state.ts';
import { configValue } from './requests.ts';
import type { Router } from './router.ts';

/** Routes for the configuration. Only the daemon writes it. */
export function configRoutes(router: Router, { config }: DaemonState): void {
  router.answer('GET /v1/config', {}, () => config.list());
  router.answer('GET /v1/config/:key', {}, ({ params }) => config.get(params.key));
  router.answer('PUT /v1/config/:key', { body: configValue }, ({ params, body }) => config.set(params.key, body.value));
  router.answer('DELETE /v1/config/:key', {}, ({ params }) => config.unset(params.key));
}
