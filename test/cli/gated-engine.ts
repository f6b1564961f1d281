import { mkdtemp, rm } from 'node:fs/promises';
import http from 'node:http';
import type net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { engineSocket } from '../environment/engine.ts';
import { tunnel } from '../environment/tunnel.ts';
import { createSignal, type Signal } from './signal.ts';

/** One call that is stopped on its way to the engine. */
export interface HeldCall {
  /** Resolves when the call has come. */
  reached: Promise<void>;
  /** Hands it on to the engine, whether its caller still lives or not. */
  letGo: () => void;
  /** Resolves when its caller has hung up. */
  abandoned: Promise<void>;
  /** Resolves when the engine has answered it. */
  answered: Promise<void>;
}

/** The real engine behind a gate: everything passes, until a test holds a call back or cuts the connection. */
export interface GatedEngine {
  /** For `DOCKER_HOST`. */
  url: string;
  /** Holds the next call of this method whose path, without version and query, matches. */
  hold: (method: string, route: RegExp) => HeldCall;
  /** Ends all connections; nobody listens until `restore`. */
  cut: () => Promise<void>;
  restore: () => Promise<void>;
  stop: () => Promise<void>;
}

interface Gate {
  method: string;
  route: RegExp;
  reached: Signal;
  released: Signal;
  abandoned: Signal;
  answered: Signal;
}

/** Opens the gate on a socket of its own. Upgraded connections pass byte by byte. */
export async function startGatedEngine(): Promise<GatedEngine> {
  const folder = await mkdtemp(path.join(tmpdir(), 'ezj-gate-'));
  const socket = path.join(folder, 'engine.sock');
  const upstream = engineSocket();
  const gates: Gate[] = [];
  const connections = new Set<net.Socket>();
  let server = await listen();

  async function forward(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const { method = 'GET', url = '/', headers } = request;
    const route = (url.split('?')[0] ?? '').replace(/^\/v[\d.]+(?=\/)/, '');
    const at = gates.findIndex((gate) => gate.method === method && gate.route.test(route));
    const gate = at === -1 ? undefined : gates.splice(at, 1)[0];
    // Read to its end first: the engine gets all of it even where the caller has died, and in one piece, because it may
    // answer and close before a second one is written.
    const body = Buffer.concat(await request.toArray());
    response.on('close', () => gate?.abandoned.fire());
    gate?.reached.fire();
    await gate?.released.fired;
    const call = http.request({ socketPath: upstream, method, path: url, headers, agent: false }, (answer) => {
      gate?.answered.fire();
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      response.flushHeaders();
      answer.pipe(response);
    });
    call.on('error', () => response.destroy());
    if (!gate) response.on('close', () => call.destroy());
    call.end(body);
  }

  async function listen(): Promise<http.Server> {
    const made = http.createServer((request, response) => {
      forward(request, response).catch(() => response.destroy());
    });
    made.requestTimeout = 0;
    made.on('connection', (connection) => {
      connections.add(connection);
      connection.on('close', () => connections.delete(connection));
    });
    made.on('upgrade', (request, client, head) => tunnel({ request, client: client as net.Socket, head, upstream }));
    await new Promise<void>((resolve) => made.listen(socket, resolve));
    return made;
  }

  async function cut(): Promise<void> {
    const closed = new Promise((resolve) => server.close(resolve));
    for (const connection of connections) connection.destroy();
    await closed;
  }

  return {
    url: `unix://${socket}`,
    hold(method, route) {
      const gate = {
        method,
        route,
        reached: createSignal(),
        released: createSignal(),
        abandoned: createSignal(),
        answered: createSignal(),
      };
      gates.push(gate);
      const { reached, released, abandoned, answered } = gate;
      return { reached: reached.fired, letGo: released.fire, abandoned: abandoned.fired, answered: answered.fired };
    },
    cut,
    async restore() {
      server = await listen();
    },
    async stop() {
      if (server.listening) await cut();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
