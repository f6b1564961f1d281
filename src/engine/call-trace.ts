import type { Agent, ClientRequest, IncomingMessage } from 'node:http';
import { performance } from 'node:perf_hooks';

/** One finished call of the engine's API. */
export interface EngineCall {
  method: string;
  /** Without the query, which can hold the arguments of a build. */
  path: string;
  /** Missing if the call ended without an answer. */
  status?: number;
  ms: number;
}

/** Gets each finished call of the engine's API. */
export type Trace = (call: EngineCall) => void;

/** Node's agents have this method; the types lack it. */
type WithRequests = Agent & { addRequest(request: ClientRequest, ...rest: unknown[]): void };

/** Makes an agent report each call to `trace`. Only the agent sees all calls, streams included. */
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
