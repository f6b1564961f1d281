import type { Hono } from 'hono';
import { examine } from '../../doctor/examine.ts';
import { ROUTES } from '../../protocol/routes.ts';
import type { DaemonState } from '../state.ts';
import { doctorRequest, readBody } from './requests.ts';

/** The daemon's part of `ezj doctor`. */
export function doctorRoute(app: Hono, state: DaemonState): void {
  app.post(ROUTES.doctor, async (c) => {
    const { host } = await readBody(c, doctorRequest);
    const config = state.config.read();
    const engine = async () => (await state.context()).info;
    return c.json(await examine({ engine, config, host, warnings: state.takeWarnings() }));
  });
}
