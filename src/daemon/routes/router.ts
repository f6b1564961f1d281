import type { Readable } from 'node:stream';
import type { HttpBindings } from '@hono/node-server';
import type { Context, Hono } from 'hono';
import { stream } from 'hono/streaming';
import type { ZodType } from 'zod';
import type { CallContext } from '../../concurrency/shared-work.ts';
import type { AnswerOf, BodyOf, Contract, PartsOf, QueryOf, Route, RouteWith } from '../../protocol/contract.ts';
import { parse } from './requests.ts';
import { type ByteCallContext, streamEvents, streamFrames } from './stream-events.ts';

/** The schemas for a call: one for each part that the types of the route name, and no other. */
type Schemas<R extends Route> = ([BodyOf<R>] extends [never] ? unknown : { body: ZodType<BodyOf<R>> }) &
  ([QueryOf<R>] extends [never] ? unknown : { query: ZodType<QueryOf<R>> });

/** A call, as its handler gets it. The signal fires when the caller disconnects or the daemon closes. */
type Served<R extends Route> = PartsOf<R> & { signal: AbortSignal } & (Contract[R] extends { upload: true }
    ? { upload: Readable }
    : unknown);

/** Adds routes to the daemon. Route, schemas and handler must match the contract; otherwise they do not compile. */
export interface Router {
  /** Adds a route that returns one JSON value. */
  answer<R extends RouteWith<'answer'>>(
    route: R,
    schemas: Schemas<R>,
    handle: (call: Served<R>) => Promise<AnswerOf<R>> | AnswerOf<R>,
  ): void;
  /** Adds a route that reports events and ends with its result. */
  result<R extends RouteWith<'result'>>(
    route: R,
    schemas: Schemas<R>,
    handle: (call: Served<R> & CallContext) => Promise<AnswerOf<R>>,
  ): void;
  /** Adds a route that returns bytes between its events. */
  bytes<R extends RouteWith<'bytes'>>(
    route: R,
    schemas: Schemas<R>,
    handle: (call: Served<R> & ByteCallContext) => Promise<AnswerOf<R>>,
  ): void;
  /** Adds a route that returns a stream of text. */
  text<R extends RouteWith<'text'>>(
    route: R,
    schemas: Schemas<R>,
    handle: (call: Served<R>) => Promise<AsyncIterable<string | Uint8Array>>,
  ): void;
}

/** Creates the router of an app. `closing` fires when the daemon closes. */
export function createRouter(app: Hono, closing: AbortSignal): Router {
  return {
    answer: (route, schemas, handle) =>
      on(app, route, async (c) => {
        const signal = AbortSignal.any([closing, c.req.raw.signal]);
        return c.json((await handle({ ...(await partsOf(c, schemas)), signal } as never)) as object);
      }),
    result: (route, schemas, handle) =>
      on(app, route, async (c) => {
        const parts = await partsOf(c, schemas);
        const { incoming: upload } = c.env as HttpBindings;
        return streamEvents(c, closing, (call) => handle({ ...parts, ...call, upload } as never), upload);
      }),
    bytes: (route, schemas, handle) =>
      on(app, route, async (c) => {
        const parts = await partsOf(c, schemas);
        return streamFrames(c, closing, (call) => handle({ ...parts, ...call } as never));
      }),
    text: (route, schemas, handle) =>
      on(app, route, async (c) => {
        const hungUp = new AbortController();
        const signal = AbortSignal.any([closing, hungUp.signal]);
        const lines = await handle({ ...(await partsOf(c, schemas)), signal } as never);
        c.header('content-type', 'text/plain; charset=utf-8');
        return stream(c, async (out) => {
          out.onAbort(() => hungUp.abort());
          for await (const chunk of lines) await out.write(chunk);
        });
      }),
  };
}

function on(app: Hono, route: Route, handle: (c: Context) => Promise<Response>): void {
  const [method = '', path = ''] = route.split(' ');
  app.on(method, path, handle);
}

/** @throws `usage` if a part does not match its schema */
async function partsOf(c: Context, schemas: unknown) {
  const { body, query } = schemas as { body?: ZodType; query?: ZodType };
  return {
    params: c.req.param(),
    ...(body && { body: parse(body, await c.req.json().catch(() => undefined)) }),
    ...(query && { query: parse(query, c.req.query()) }),
  };
}
