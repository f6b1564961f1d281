import type { Server } from 'node:http';
import { createAdaptorServer } from '@hono/node-server';
import { type Context, Hono } from 'hono';
import { EzjError, toEzjError } from '../protocol/errors.ts';
import { DAEMON_HOST, PROTOCOL_HEADER, ROUTES, VERSION_HEADER } from '../protocol/routes.ts';
import { compareVersions, PROTOCOL, VERSION } from '../protocol/version.ts';
import type { Calls } from './idleness.ts';
import { log } from './log.ts';
import { archiveRoutes } from './routes/archive-routes.ts';
import { configRoutes } from './routes/config-routes.ts';
import { doctorRoute } from './routes/doctor-route.ts';
import { environmentRoute } from './routes/environment-route.ts';
import { helloRoute } from './routes/hello-route.ts';
import { imageRoutes } from './routes/image-routes.ts';
import { installedRoutes } from './routes/installed-routes.ts';
import { projectRoutes } from './routes/project-routes.ts';
import { sessionRoutes } from './routes/session-routes.ts';
import { sharingRoutes } from './routes/sharing-routes.ts';
import type { Serving } from './serving.ts';
import { serveShells, shellRoutes } from './shells.ts';
import type { DaemonState } from './state.ts';

/** The HTTP server of the daemon: every route, behind the checks that all calls pass. */
export function createApp(state: DaemonState, serving: Serving): { server: Server; calls: Calls } {
  const calls: Calls = { running: 0, working: 0, lastEndedMs: Date.now() };
  const app = new Hono();

  app.use(async (c, next) => {
    refuseWebPages(c);
    c.header(VERSION_HEADER, VERSION);
    c.header(PROTOCOL_HEADER, String(PROTOCOL));
    const client = c.req.header(VERSION_HEADER);
    // Asked to close, the daemon does, whatever the version.
    if (client && compareVersions(client, VERSION) > 0 && c.req.path !== ROUTES.stopDaemon) return c.body(null, 426);
    await next();
  });
  helloRoute(app, state, serving);
  sessionRoutes(app, state, serving);
  imageRoutes(app, state, serving);
  configRoutes(app, state);
  projectRoutes(app, state);
  environmentRoute(app, state);
  installedRoutes(app, state);
  archiveRoutes(app, state, serving);
  sharingRoutes(app, state, serving);
  shellRoutes(app, state, serving);
  doctorRoute(app, state);
  app.notFound((c) =>
    answerError(c, new EzjError({ code: 'usage', message: `The daemon has no route ${c.req.method} ${c.req.path}.` })),
  );
  app.onError((error, c) => answerError(c, toEzjError(error)));

  const server = createAdaptorServer({ fetch: app.fetch }) as Server;
  // An archive may take longer to come than the five minutes that node gives a request.
  server.requestTimeout = 0;
  server.on('request', ({ method }, response) => {
    const work = method === 'GET' ? 0 : 1;
    calls.running++;
    calls.working += work;
    response.once('close', () => {
      calls.running--;
      calls.working -= work;
      calls.lastEndedMs = Date.now();
      if (calls.running === 0 && state.denied()) serving.close('this process may not use the engine; the next one may');
    });
  });
  serveShells(server, state, { calls, closing: serving.closing });
  return { server, calls };
}

/** A page in a browser that was led to this socket, through a proxy or a rebound name, would name its own host or origin. */
function refuseWebPages(c: Context): void {
  if (c.req.header('host') === DAEMON_HOST && c.req.header('origin') === undefined) return;
  throw new EzjError({ code: 'usage', message: 'The daemon answers to the ezj command only.' });
}

function answerError(c: Context, error: EzjError): Response {
  if (error.code === 'internal')
    log(`${c.req.method} ${c.req.path}: ${(error.cause as Error | undefined)?.stack ?? error.stack}`);
  return c.json(error.toJSON(), error.httpStatus as 500);
}
