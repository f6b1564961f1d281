import type { Hono } from 'hono';
import { ROUTES } from '../../protocol/routes.ts';
import { fetchEnvironment } from '../../sharing/pull-environment.ts';
import { pushEnvironment } from '../../sharing/push-environment.ts';
import type { Serving } from '../serving.ts';
import type { DaemonState } from '../state.ts';
import { fetchRequest, pushRequest, readBody } from './requests.ts';
import { streamEvents } from './stream-events.ts';

/** Built environments to a registry, and from one. */
export function sharingRoutes(app: Hono, state: DaemonState, { closing }: Serving): void {
  app.post(ROUTES.pushEnvironment, async (c) => {
    const asked = await readBody(c, pushRequest);
    return streamEvents(c, closing, async (call) => pushEnvironment(asked, await state.context(), call));
  });

  app.post(ROUTES.fetchEnvironment, async (c) => {
    const asked = await readBody(c, fetchRequest);
    return streamEvents(c, closing, async (call) => fetchEnvironment(asked, await state.context(), call));
  });
}
