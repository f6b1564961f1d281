import type { Hono } from 'hono';
import { type Hello, ROUTES } from '../../protocol/routes.ts';
import { PROTOCOL, VERSION } from '../../protocol/version.ts';
import type { Serving } from '../serving.ts';
import type { DaemonState } from '../state.ts';

/** Who the daemon is, and its end. */
export function helloRoute(app: Hono, state: DaemonState, { close }: Serving): void {
  app.get(ROUTES.hello, (c) => {
    const hello: Hello = {
      version: VERSION,
      protocol: PROTOCOL,
      pid: process.pid,
      startedAt: state.startedAt,
      engine: state.engineSource(),
      sessions: state.runningSessions(),
      rssBytes: process.memoryUsage.rss(),
    };
    return c.json(hello);
  });
  app.post(ROUTES.stopDaemon, (c) => {
    setImmediate(close, 'asked to');
    return c.json({});
  });
}
