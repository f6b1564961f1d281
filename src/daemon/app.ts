import type { Server } from 'node:http';
import { createAdaptorServer } from '@hono/node-server';
import { type Context, Hono } from 'hono';
import type { PathOf } from '../protocol/contract.ts';
import { EzjError, toEzjError } from '../protocol/errors.ts';
import { DAEMON_HOST, PROTOCOL_HEADER, VERSION_HEADER } from '../protocol/headers.ts';
import { compareVersions, PROTOCOL, VERSION } from '../protocol/version.ts';
import { runCall } from './call-scope.ts';
import type { Calls } from './idleness.ts';
import { log } from './log.ts';
import { configRoutes } from './routes/config-routes.ts';
import { doctorRoute } from './routes/doctor-route.ts';
import { environmentRoute } from './routes/environment-route.ts';
import { helloRoute } from './routes/hello-route.ts';
import { imageRoutes } from './routes/image-routes.ts';
import { installedRoutes } from './routes/installed-routes.ts';
import { projectRoutes } from './routes/project-routes.ts';
import { createRouter } from './routes/router.ts';
import { sessionRoutes } from './routes/session-routes.ts';
import { sharingRoutes } from './routes/sharing-routes.ts';
import type { Serving } from './serving.ts';
import { serveShells, shellRoutes } from './shells.ts';
import type { DaemonState } from './state.ts';

const STOP_PATH: PathOf<'POST /v1/daemon/stop'> = '/v1/daemon/stop';

/** Creates the HTTP server of the daemon: all routes, with the checks that apply to each call. */
export function createApp(state: DaemonState, serving: Serving): { server: Server; calls: Calls } {
  const calls: Calls = { running: 0, working: 0, lastEndedMs: Date.now() };
  const app = new Hono();

  app.use(runCall);
  app.use(async (c, next) => {
    refuseWebPages(c);
    c.header(VERSION_HEADER, VERSION);
    c.header(PROTOCOL_HEADER, String(PROTOCOL));
    const client = c.req.header(VERSION_HEADER);
    // A request to stop works for every version.
    if (client && compareVersions(client, VERSION) > 0 && c.req.path !== STOP_PATH) return c.body(null, 426);
    await next();
  });
  const router = createRouter(app, serving.closing);
  helloRoute(router, state, serving);
  sessionRoutes(router, state, serving);
  imageRoutes(router, state);
  configRoutes(router, state);
  projectRoutes(router, state);
  environmentRoute(router, state);
  installedRoutes(router, state);
  sharingRoutes(router, state);
  shellRoutes(router, state);
  doctorRoute(router, state);
  app.notFound((c) =>
    answerError(c, new EzjError({ code: 'usage', message: `The daemon has no route ${c.req.method} ${c.req.path}.` })),
  );
  app.onError((error, c) => answerError(c, toEzjError(error)));

  const server = createAdaptorServer({ fetch: app.fetch }) as Server;
  // An archive can take longer than the five minutes that node allows for a request.
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

/** Refuses web pages. A page that reaches this socket through a proxy or DNS rebinding sends its own host or origin. */
function refuseWebPages(c: Context): void {
  if (c.req.header('host') === DAEMON_HOST && c.req.header('origin') === undefined) return;
  throw new EzjError({ code: 'usage', message: 'The daemon answers to the ezj command only.' });
}

function answerError(c: Context, error: EzjError): Response {
  if (error.code === 'internal')
    log(`${c.req.method} ${c.req.path}: ${(error.cause as Error | undefined)?.stack ?? error.stack}`);
  return c.json(error.toJSON(), error.httpStatus as 500);
}
