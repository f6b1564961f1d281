import { summariseImage, summariseImages } from '../../cleanup/image-summaries.ts';
import { prune } from '../../cleanup/prune.ts';
import { buildOwnImages } from '../../images/build-own.ts';
import { pull } from '../../images/resolve-image.ts';
import type { DaemonState } from '../state.ts';
import { buildRequest, pruneRequest, pullRequest } from './requests.ts';
import type { Router } from './router.ts';

/** Routes for images and pruning. */
export function imageRoutes(router: Router, state: DaemonState): void {
  router.answer('GET /v1/images', {}, async () => summariseImages(await state.context()));

  router.result('POST /v1/images/pull', { body: pullRequest }, async ({ body: { reference }, ...call }) => {
    const { engine } = await state.context();
    return summariseImage(await pull(engine, reference, call), []);
  });

  router.result('POST /v1/images/build', { body: buildRequest }, async ({ body, ...call }) => {
    const built = await buildOwnImages(body, await state.context(), call);
    return built.map((image) => summariseImage(image, []));
  });

  router.answer('POST /v1/prune', { body: pruneRequest }, async ({ body }) => prune(await state.context(), body));
}
