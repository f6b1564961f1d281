import type { Hono } from 'hono';
import { examine } from '../doctor/examine.ts';
import { ROUTES } from '../protocol/routes.ts';
import { doctorRequest, readBody } from './requests.ts';
import type { DaemonState } from './state.ts';

/** The daemon's part of `ezj doctor`. */
export function doctorRoute(app: Hono, state: DaemonState): void {
  app.post(ROUTES.doctor, async (c) => {
    const { host } = await readBody(c, doctorRequest);
    return c.json(await examine({ context: () => state.context(), host, warnings: state.takeWarnings() }));
  });
}
