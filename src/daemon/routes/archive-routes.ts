import type { HttpBindings } from '@hono/node-server';
import type { Hono } from 'hono';
import { ROUTES } from '../../protocol/routes.ts';
import { exportEnvironment } from '../../sharing/export-environment.ts';
import { importEnvironment } from '../../sharing/import-environment.ts';
import type { Serving } from '../serving.ts';
import type { DaemonState } from '../state.ts';
import { environmentRequest, importQuery, parse, readBody } from './requests.ts';
import { streamEvents, streamFrames } from './stream-events.ts';

/** Environments as archives: out as bytes between events, in as the body of a call. */
export function archiveRoutes(app: Hono, state: DaemonState, { closing }: Serving): void {
  app.post(ROUTES.exportEnvironment, async (c) => {
    const asked = await readBody(c, environmentRequest);
    return streamFrames(c, closing, async (call) => {
      const { archive, report } = await exportEnvironment(asked, await state.context(), call);
      call.signal.addEventListener('abort', () => archive.destroy());
      for await (const chunk of archive) await call.write(chunk as Buffer);
      call.signal.throwIfAborted();
      return report;
    });
  });

  app.post(ROUTES.importEnvironment, (c) => {
    const request = parse(importQuery, c.req.query());
    const { incoming } = c.env as HttpBindings;
    return streamEvents(c, closing, async (call) => importEnvironment(incoming, request, await state.context(), call), {
      body: incoming,
    });
  });
}
