import { withActivity } from '../../sessions/activity.ts';
import { credentialsOf } from '../../sessions/credentials.ts';
import { accessSession } from '../../sessions/open-session.ts';
import { startSession, startSessionAgain } from '../../sessions/start-session.ts';
import { stopNamed, waitForEnd } from '../../sessions/stop-session.ts';
import { createPages } from '../pages/serve-pages.ts';
import type { Serving } from '../serving.ts';
import { linkTo, opensSignedIn } from '../session-link.ts';
import type { DaemonState } from '../state.ts';
import { linkRequest, logQuery, sessionsQuery, startRequest, stopRequest } from './requests.ts';
import type { Router } from './router.ts';

/** Routes for sessions. */
export function sessionRoutes(router: Router, state: DaemonState, { closing }: Serving): void {
  const pages = createPages({ closing, folder: state.folder, onForeign: state.warn });

  async function find(name: string) {
    const context = await state.context();
    return { context, session: await context.registry.find(name) };
  }

  async function access(name: string, signal: AbortSignal) {
    const { context, session } = await find(name);
    return { context, opened: await accessSession(session.container, context, { signal }) };
  }

  router.answer('GET /v1/sessions', { query: sessionsQuery }, async ({ query: { activity } }) => {
    const context = await state.context();
    const sessions = await context.registry.list();
    return activity ? withActivity(sessions, context) : sessions;
  });

  router.result('POST /v1/sessions', { body: startRequest }, async ({ body, ...call }) => {
    const context = await state.context();
    for (const text of state.takeWarnings()) call.report({ type: 'warning', text });
    return startSession(body, context, call);
  });

  router.answer('GET /v1/sessions/:name/access', {}, async ({ params, signal }) => {
    const { opened } = await access(params.name, signal);
    return { ...opened.access, reused: true };
  });

  router.answer('POST /v1/sessions/:name/link', { body: linkRequest }, async ({ params, body, signal }) => {
    // Reports at once if there is nothing to open.
    const { context, opened } = await access(params.name, signal);
    const target = await linkTo(opened, context, { signal: closing, notebook: body.notebook });
    return { ...(await pages.createLink(target)), signedIn: opensSignedIn(opened.server) };
  });

  router.answer('GET /v1/sessions/:name/credentials', {}, async ({ params, signal }) =>
    credentialsOf((await access(params.name, signal)).opened),
  );

  router.answer('POST /v1/sessions/:name/stop', { body: stopRequest }, async ({ params, body }) =>
    stopNamed(params.name, body, await state.context()),
  );

  router.result('POST /v1/sessions/:name/restart', {}, async ({ params, ...call }) =>
    startSessionAgain(params.name, await state.context(), call),
  );

  router.answer('GET /v1/sessions/:name/end', {}, async ({ params, signal }) => {
    const { context, session } = await find(params.name);
    return waitForEnd(session, context, signal);
  });

  router.text('GET /v1/sessions/:name/logs', { query: logQuery }, async ({ params, query, signal }) => {
    const { context, session } = await find(params.name);
    return context.runtime.logs(session.container, { ...query, signal });
  });
}
