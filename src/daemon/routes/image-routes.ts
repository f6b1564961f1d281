import type { Hono } from 'hono';
import { summariseImage, summariseImages } from '../../cleanup/image-summaries.ts';
import { prune } from '../../cleanup/prune.ts';
import { buildOwnImage } from '../../images/build-own.ts';
import { pull } from '../../images/resolve-image.ts';
import { IMAGE_NAMES, ROUTES } from '../../protocol/routes.ts';
import type { Serving } from '../serving.ts';
import type { DaemonState } from '../state.ts';
import { buildRequest, pruneRequest, pullRequest, readBody } from './requests.ts';
import { streamEvents } from './stream-events.ts';

/** Everything about images, and what can go. */
export function imageRoutes(app: Hono, state: DaemonState, { closing }: Serving): void {
  app.get(ROUTES.images, async (c) => c.json(await summariseImages(await state.context())));

  app.post(ROUTES.pullImage, async (c) => {
    const { reference } = await readBody(c, pullRequest);
    return streamEvents(c, closing, async (call) => {
      const context = await state.context();
      return summariseImage(await pull(context.engine, reference, call), []);
    });
  });

  app.post(ROUTES.buildImages, async (c) => {
    const { images, host, noCache } = await readBody(c, buildRequest);
    return streamEvents(c, closing, async (call) => {
      const { engine, owner, config } = await state.context();
      const options = { debian: config['build.debian'], mirror: config['build.mirror'], owner, host };
      // The uppermost is built anew with all that is below it, once.
      const uppermost = IMAGE_NAMES.findLast((name) => images.includes(name));
      if (noCache && uppermost) await buildOwnImage(engine, uppermost, { ...options, noCache }, call);
      const built = [];
      for (const name of images) {
        built.push(await buildOwnImage(engine, name, { ...options, noCache: false }, call));
      }
      return built.map((image) => summariseImage(image, []));
    });
  });

  app.post(ROUTES.prune, async (c) => {
    const { olderThanMs, ...body } = await readBody(c, pruneRequest);
    const context = await state.context();
    const configured = context.config['prune.environmentDays'] * 86_400_000;
    return c.json(await prune(context, { ...body, olderThanMs: olderThanMs ?? configured }));
  });
}
