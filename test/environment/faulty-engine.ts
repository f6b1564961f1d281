import { mkdtemp, rm } from 'node:fs/promises';
import http from 'node:http';
import type net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { engineSocket } from './engine.ts';
import { tunnel } from './tunnel.ts';

/** What goes wrong on one route. */
export type Fault =
  /** An answer of the engine's own form, which never reaches the real one. */
  | { kind: 'answer'; status: number; message: string }
  /** No answer at all until the client hangs up. */
  | { kind: 'hang' }
  /** The real answer, its connection cut after so many bytes of body. */
  | { kind: 'cut'; afterBytes: number }
  /** A stream that begins well and ends in these lines, as a build or a pull reports a failure with status 200. */
  | { kind: 'stream'; lines: object[] };

/** A fault, and the calls it befalls. */
export interface FaultRule {
  method?: string;
  /** Matched against the path without its version prefix and query, such as `/containers/create`. */
  path: RegExp;
  fault: Fault;
  /** How often it happens; always, where it is missing. */
  times?: number;
}

/** An engine's socket that passes everything on to the real one except what the rules say. */
export interface FaultyEngine {
  socket: string;
  /** For `DOCKER_HOST`. */
  url: string;
  /** Method and path of each call so far, in order. */
  calls: string[];
  /** Replaces the rules. */
  setFaults: (rules: FaultRule[]) => void;
  stop: () => Promise<void>;
}

/** The line in which the engine reports a full disk during a build or a pull. */
export const DISK_FULL = {
  errorDetail: { message: 'write /var/lib/docker/tmp/layer: no space left on device' },
  error: 'write /var/lib/docker/tmp/layer: no space left on device',
};

/**
 * Starts a stand-in for the engine, for faults that a real one cannot be made to show. Whatever no rule names is answered by
 * the real engine behind `upstream`, so the stand-in has no behaviour of its own to get wrong; upgraded connections (exec,
 * attach) go through byte by byte.
 */
export async function startFaultyEngine({
  rules = [] as FaultRule[],
  upstream = engineSocket(),
} = {}): Promise<FaultyEngine> {
  const folder = await mkdtemp(path.join(tmpdir(), 'ezj-engine-'));
  const socket = path.join(folder, 'engine.sock');
  const calls: string[] = [];
  let left = count(rules);

  function takeFault(method: string, route: string): Fault | undefined {
    const found = left.find(
      (entry) => entry.times > 0 && (entry.rule.method ?? method) === method && entry.rule.path.test(route),
    );
    if (found) found.times -= 1;
    return found?.rule.fault;
  }

  const server = http.createServer((request, response) => {
    const { method = 'GET', url = '/' } = request;
    const route = (url.split('?')[0] ?? '').replace(/^\/v[\d.]+(?=\/)/, '');
    calls.push(`${method} ${route}`);
    const fault = takeFault(method, route);
    if (fault === undefined || fault.kind === 'cut')
      forward({ request, response, upstream, cutAfter: fault?.afterBytes });
    else misbehave({ request, response, fault });
  });
  server.on('upgrade', (request, client, head) => tunnel({ request, client: client as net.Socket, head, upstream }));
  // A build hands over its context for longer than Node's default patience.
  server.requestTimeout = 0;
  await new Promise<void>((resolve) => server.listen(socket, resolve));

  return {
    socket,
    url: `unix://${socket}`,
    calls,
    setFaults: (next) => {
      left = count(next);
    },
    stop: async () => {
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function count(rules: FaultRule[]): Array<{ rule: FaultRule; times: number }> {
  return rules.map((rule) => ({ rule, times: rule.times ?? Number.POSITIVE_INFINITY }));
}

interface Exchange {
  request: http.IncomingMessage;
  response: http.ServerResponse;
}

function misbehave({ request, response, fault }: Exchange & { fault: Exclude<Fault, { kind: 'cut' }> }): void {
  request.resume();
  if (fault.kind === 'hang') return;
  const status = fault.kind === 'answer' ? fault.status : 200;
  const lines = fault.kind === 'answer' ? [{ message: fault.message }] : fault.lines;
  response.writeHead(status, { 'content-type': 'application/json' });
  // The engine reads the whole context of a build before it ends its answer.
  const finish = () => response.end(lines.map((line) => `${JSON.stringify(line)}\r\n`).join(''));
  if (fault.kind === 'answer') finish();
  else request.on('end', finish);
}

function forward({ request, response, upstream, cutAfter }: Exchange & { upstream: string; cutAfter?: number }): void {
  const { method, url, headers } = request;
  const call = http.request({ socketPath: upstream, method, path: url, headers, agent: false }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    response.flushHeaders();
    if (cutAfter === undefined) answer.pipe(response);
    else cutStream({ answer, response, cutAfter });
  });
  call.on('error', () => response.destroy());
  response.on('close', () => call.destroy());
  request.pipe(call);
}

function cutStream({
  answer,
  response,
  cutAfter,
}: {
  answer: http.IncomingMessage;
  response: http.ServerResponse;
  cutAfter: number;
}): void {
  let left = cutAfter;
  if (left === 0) response.destroy();
  answer.on('data', (chunk: Buffer) => {
    if (left <= 0) return;
    const part = chunk.subarray(0, left);
    left -= part.length;
    response.write(part, () => left <= 0 && response.destroy());
  });
  // An answer shorter than the cut is cut at its end: its connection closes before the answer is complete.
  answer.on('end', () => left > 0 && response.destroy());
}
