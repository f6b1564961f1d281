import type { Context, Hono } from 'hono';
import { stream } from 'hono/streaming';
import { SharedWork } from '../concurrency/shared-work.ts';
import { ROUTES, type StopReport } from '../protocol/routes.ts';
import type { StartRequest } from '../protocol/session.ts';
import { differences, sessionKey } from '../sessions/labels.ts';
import { accessContainer, openSession, restartSession } from '../sessions/open-session.ts';
import { stopSession, waitForEnd } from '../sessions/stop-session.ts';
import type { Serving } from './app.ts';
import { createLinks } from './links.ts';
import { linkRequest, readBody, startRequest, stopRequest } from './requests.ts';
import type { DaemonState } from './state.ts';
import { streamEvents } from './stream-events.ts';

/** A stop goes on to its end, whoever hangs up. */
const NEVER = new AbortController().signal;

/** Everything about sessions. */
export function sessionRoutes(app: Hono, state: DaemonState, { closing }: Serving): void {
  const links = createLinks(closing);
  const stops = new SharedWork<StopReport>();

  async function find(c: Context) {
    const context = await state.context();
    const session = await context.registry.find(c.req.param('name') ?? '');
    return { context, session, key: sessionKey(session, context.owner) };
  }

  const hangUp = (c: Context) => AbortSignal.any([closing, c.req.raw.signal]);

  app.get(ROUTES.sessions, async (c) => c.json(await (await state.context()).registry.list()));

  // Whoever asks for a session that is being launched gets that one: the launch is shared, URL and differences are each one's own.
  app.post(ROUTES.sessions, async (c) => {
    const request: StartRequest = await readBody(c, startRequest);
    return streamEvents(c, closing, async (follower) => {
      const context = await state.context();
      for (const text of state.takeWarnings()) follower.report({ type: 'warning', text });
      const key = sessionKey(request, context.owner);
      await stops.settled(key);
      const { container, reused } = await state.launches.run(key, follower, (shared) =>
        openSession(request, context, shared),
      );
      const { signal } = follower;
      const { details, access } = await accessContainer(container, context, { signal, notebook: request.notebook });
      return { ...access, reused, differences: differences(request, details) };
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
    const { access } = await accessContainer(session.container, context, { signal: hangUp(c), notebook });
    return c.json({ url: await links.create(access.url) });
  });

  app.post(ROUTES.stop, async (c) => {
    const { force, discard } = await readBody(c, stopRequest);
    const { context, session, key } = await find(c);
    const graceMs = force ? 0 : context.config['stop.graceSeconds'] * 1000;
    // One that is to end at once does not wait for one that gives it time.
    return c.json(
      await stops.run(force ? `${key} at once` : key, { report: () => {}, signal: NEVER }, () =>
        stopSession(session, context, { graceMs, discard }),
      ),
    );
  });

  app.post(ROUTES.restart, async (c) => {
    const { context, session, key } = await find(c);
    return streamEvents(c, closing, async (follower) => {
      await state.launches.settled(key);
      const { container } = await state.launches.run(key, follower, (shared) =>
        restartSession(session.container, context, shared),
      );
      const { access } = await accessContainer(container, context, follower);
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
