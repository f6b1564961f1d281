import type { Agent, ClientRequest, IncomingMessage } from 'node:http';
import { performance } from 'node:perf_hooks';

/** One call of the engine's API that has ended. */
export interface EngineCall {
  method: string;
  /** Without the query, which can hold what a build is given. */
  path: string;
  /** Missing: the call ended without an answer. */
  status?: number;
  ms: number;
}

/** Hears of each call of the engine's API when it has ended. */
export type Trace = (call: EngineCall) => void;

/** What node's agents do for each request; the types leave it out. */
type WithRequests = Agent & { addRequest(request: ClientRequest, ...rest: unknown[]): void };

/** Makes an agent tell `trace` of each of its calls: the only place that all of them pass, streams included. */
export function traceCalls<Kind extends Agent>(agent: Kind, trace: Trace): Kind {
  const traced = agent as Kind & WithRequests;
  const addRequest = traced.addRequest.bind(traced);
  traced.addRequest = (request, ...rest) => {
    follow(request, trace);
    addRequest(request, ...rest);
  };
  return agent;
}

function follow(request: ClientRequest, trace: Trace): void {
  const begin = performance.now();
  let status: number | undefined;
  const answered = ({ statusCode }: IncomingMessage) => {
    status = statusCode;
  };
  const ended = () => {
    const path = request.path.split('?')[0] ?? '';
    trace({ method: request.method, path, status, ms: performance.now() - begin });
  };
  request.once('response', answered);
  request.once('upgrade', (answer) => {
    answered(answer);
    ended();
  });
  request.once('close', () => {
    if (status !== 101) ended();
  });
}
