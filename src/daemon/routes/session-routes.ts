import type { Context, Hono } from 'hono';
import { stream } from 'hono/streaming';
import { SharedWork } from '../../concurrency/shared-work.ts';
import { requireTrust } from '../../projects/trust.ts';
import { EzjError } from '../../protocol/errors.ts';
import { ROUTES, type SignInCredentials, type StopReport } from '../../protocol/routes.ts';
import type { StartRequest } from '../../protocol/session.ts';
import { withActivity } from '../../sessions/activity.ts';
import { countFilesOutside } from '../../sessions/files-outside.ts';
import { differences, sessionKey } from '../../sessions/labels.ts';
import { accessContainer, openSession, restartSession } from '../../sessions/open-session.ts';
import { stopSession, waitForEnd } from '../../sessions/stop-session.ts';
import { orFailure } from '../call-scope.ts';
import { createPages } from '../pages/listener.ts';
import type { Serving } from '../serving.ts';
import { linkTo, opensSignedIn } from '../session-link.ts';
import type { DaemonState } from '../state.ts';
import { linkRequest, readBody, startRequest, stopRequest } from './requests.ts';
import { streamEvents } from './stream-events.ts';

/** A stop goes on to its end, whoever hangs up. */
const NEVER = new AbortController().signal;

const WAYS_TO_STOP = [true, false].flatMap((force) => [true, false].map((discard) => ({ force, discard })));

function stopKey(key: string, { force, discard }: { force: boolean; discard: boolean }): string {
  return `${key}${force ? ' at once' : ''}${discard ? ' discarding' : ''}`;
}

/** Everything about sessions. */
export function sessionRoutes(app: Hono, state: DaemonState, { closing }: Serving): void {
  const pages = createPages(closing);
  const stops = new SharedWork<StopReport>();

  async function find(c: Context) {
    const context = await state.context();
    const session = await context.registry.find(c.req.param('name') ?? '');
    return { context, session, key: sessionKey(session, context.owner) };
  }

  const hangUp = (c: Context) => AbortSignal.any([closing, c.req.raw.signal]);

  app.get(ROUTES.sessions, async (c) => {
    const context = await state.context();
    const sessions = await context.registry.list();
    return c.json(c.req.query('activity') === 'true' ? await withActivity(sessions, context) : sessions);
  });

  // Whoever asks for a session that is being launched gets that one: the launch is shared, URL and differences are each one's own.
  app.post(ROUTES.sessions, async (c) => {
    const asked: StartRequest = await readBody(c, startRequest);
    return streamEvents(c, closing, async (call) => {
      const agreed = await requireTrust(asked, { config: state.config.read(), trust: state.trust });
      const { request, kinds, environment, remarks } = agreed;
      const context = { ...(await state.context()), kinds };
      for (const text of state.takeWarnings()) call.report({ type: 'warning', text });
      for (const text of remarks) call.report({ type: 'step', text });
      const key = sessionKey(request, context.owner);
      await Promise.all(WAYS_TO_STOP.map((way) => stops.settled(stopKey(key, way))));
      const { container, reused, server } = await state.launches.run(key, call, (shared) =>
        orFailure(openSession(request, { ...context, environment }, shared)),
      );
      const { signal } = call;
      const { notebook } = request;
      const { details, access } = await accessContainer(container, context, { signal, notebook, server });
      const differing = differences(request, details, environment?.hash);
      const changedFiles = differing.length > 0 ? await countFilesOutside(context.engine, container) : undefined;
      return { ...access, reused, differences: differing, changedFiles };
    });
  });

  app.get(ROUTES.access, async (c) => {
    const { context, session } = await find(c);
    const { access } = await accessContainer(session.container, context, { signal: hangUp(c) });
    return c.json({ ...access, reused: true });
  });

  app.post(ROUTES.link, async (c) => {
    const { notebook } = await readBody(c, linkRequest);
    const { context, session } = await find(c);
    // Who asks is told at once where there is nothing to open.
    const access = await accessContainer(session.container, context, { signal: hangUp(c) });
    const url = await pages.createLink(await linkTo(access, context, { signal: closing, notebook }));
    return c.json({ url, signedIn: opensSignedIn(access.server) });
  });

  app.get(ROUTES.credentials, async (c) => {
    const { context, session } = await find(c);
    const { server, access } = await accessContainer(session.container, context, { signal: hangUp(c) });
    const { contract, token } = server;
    if (contract.signIn !== 'rstudio') throw noCredentials(session.name);
    const credentials: SignInCredentials = { url: access.url, user: contract.user ?? '', password: token };
    return c.json(credentials);
  });

  app.post(ROUTES.stop, async (c) => {
    const { force, discard } = await readBody(c, stopRequest);
    const { context, session, key } = await find(c);
    const graceMs = force ? 0 : context.config['stop.graceSeconds'] * 1000;
    // One that is to end at once, or to give up more, does not wait for one that gives it time or keeps it.
    return c.json(
      await stops.run(stopKey(key, { force, discard }), { report: () => {}, signal: NEVER }, () =>
        orFailure(stopSession(session, context, { graceMs, discard })),
      ),
    );
  });

  app.post(ROUTES.restart, async (c) => {
    const { context, session, key } = await find(c);
    return streamEvents(c, closing, async (call) => {
      await state.launches.settled(key);
      const { container } = await state.launches.run(key, call, (shared) =>
        orFailure(restartSession(session.container, context, shared)),
      );
      const { access } = await accessContainer(container, context, call);
      return { ...access, reused: false };
    });
  });

  app.get(ROUTES.end, async (c) => {
    const { context, session } = await find(c);
    return c.json(await waitForEnd(session, context, hangUp(c)));
  });

  app.get(ROUTES.logs, async (c) => {
    const { context, session } = await find(c);
    const hungUp = new AbortController();
    const tail = c.req.query('tail');
    const lines = await context.engine.containerLogs(session.container, {
      follow: c.req.query('follow') === 'true',
      tail: tail === undefined ? undefined : Number(tail),
      signal: AbortSignal.any([closing, hungUp.signal]),
    });
    c.header('content-type', 'text/plain; charset=utf-8');
    return stream(c, async (out) => {
      out.onAbort(() => hungUp.abort());
      for await (const chunk of lines) await out.write(chunk);
    });
  });
}

function noCredentials(name: string): EzjError {
  return new EzjError({
    code: 'usage',
    message: `${name} asks for no user and password: its URL holds a token.`,
    hint: `ezj url ${name}`,
  });
}
