import type { Hono } from 'hono';
import { readProjectFile } from '../config/project-file.ts';
import { describeEnvironment } from '../environments/describe.ts';
import { detect } from '../environments/detect.ts';
import { environmentOf } from '../environments/environment.ts';
import { codeOf } from '../environments/project-code.ts';
import { findLocalImage } from '../images/resolve-image.ts';
import { findKind } from '../notebooks/kinds.ts';
import { ROUTES } from '../protocol/routes.ts';
import { settle } from '../sessions/project-request.ts';
import { environmentRequest, readBody } from './requests.ts';
import type { DaemonState } from './state.ts';

/** What a project's files say about its environment. Nothing of it runs, so that nothing has to be agreed to. */
export function environmentRoute(app: Hono, state: DaemonState): void {
  app.post(ROUTES.environment, async (c) => {
    const asked = await readBody(c, environmentRequest);
    const [file, detection] = await Promise.all([readProjectFile(asked.project), detect(asked.project)]);
    const { engine, config, owner, kinds: configured } = await state.context();
    const nothing = { mounts: [], env: {}, readOnly: false, refresh: 'never' as const, host: { proxy: {} } };
    // A mount whose folder is not there has nothing to do with the environment.
    const request = settle({ ...nothing, ...asked }, { file, detection }, []);
    const environment = await environmentOf(detection, request.kind);
    const kind = findKind(request.kind, { ...configured, ...file?.settings.kinds });
    const base = await findLocalImage(engine, { kind, config, owner, request });
    const expected = 'reference' in kind.image ? kind.image.reference : config[kind.image.official];
    const reach = codeOf(detection).map(({ what }) => what);
    const options = { reach, kind: kind.name, base, expected: request.image ?? expected };
    return c.json(await describeEnvironment(engine, environment, options));
  });
}
