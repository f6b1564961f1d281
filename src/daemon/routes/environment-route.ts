import type { Hono } from 'hono';
import { describeEnvironment } from '../../environments/describe.ts';
import { folderEnvironment } from '../../projects/folder-environment.ts';
import { ROUTES } from '../../protocol/routes.ts';
import type { DaemonState } from '../state.ts';
import { environmentRequest, readBody } from './requests.ts';

/** What a project's files say about its environment. */
export function environmentRoute(app: Hono, state: DaemonState): void {
  app.post(ROUTES.environment, async (c) => {
    const context = await state.context();
    const found = await folderEnvironment(await readBody(c, environmentRequest), context);
    const { environment, kind, permissions, base, expected } = found;
    const options = { permissions, kind: kind.name, base, expected };
    return c.json(await describeEnvironment(context.engine, environment, options));
  });
}
