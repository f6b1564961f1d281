import type { Hono } from 'hono';
import { ROUTES } from '../../protocol/routes.ts';
import type { DaemonState } from '../state.ts';
import { configValue, readBody } from './requests.ts';

/** The configuration; the daemon is its only writer. */
export function configRoutes(app: Hono, { config }: DaemonState): void {
  app.get(ROUTES.config, (c) => c.json(config.list()));
  app.get(ROUTES.configKey, (c) => c.json(config.get(c.req.param('key'))));
  app.put(ROUTES.configKey, async (c) =>
    c.json(config.set(c.req.param('key'), (await readBody(c, configValue)).value)),
  );
  app.delete(ROUTES.configKey, (c) => c.json(config.unset(c.req.param('key'))));
}
