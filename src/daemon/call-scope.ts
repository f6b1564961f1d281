import { AsyncLocalStorage } from 'node:async_hooks';
import { performance } from 'node:perf_hooks';
import type { Context } from 'hono';
import { isDebugging, log } from './log.ts';

/** A call to the daemon while it runs. */
interface CallScope {
  title: string;
  begin: number;
  /** Whether its response is a stream, which ends after its route. */
  streams: boolean;
  /** Rejects when unawaited work of the call fails. */
  failure: Promise<never>;
  fail: (error: unknown) => void;
}

const scopes = new AsyncLocalStorage<CallScope>();

/** Runs the route of a call. If unawaited work in it fails, only this call ends; see {@link failCurrentCall}. */
export async function runCall(c: Context, route: () => Promise<void>): Promise<void> {
  const scope = createScope(`${c.req.method} ${c.req.path}`);
  await scopes.run(scope, () => Promise.race([route(), scope.failure]));
  if (!scope.streams) logEnd(scope, c.error ? outcomeOf(c.error) : 'done');
}

/** Marks the response of this call as a stream. Returns a function to call with the outcome when the stream ends. */
export function beginStream(): (outcome: string) => void {
  const scope = scopes.getStore();
  if (scope) scope.streams = true;
  return (outcome) => scope && logEnd(scope, outcome);
}

/** Races `work` against the failure of unawaited work in this call, because `work` may then never end. */
export function orFailure<Result>(work: Promise<Result>): Promise<Result> {
  const scope = scopes.getStore();
  return scope ? Promise.race([work, scope.failure]) : work;
}

/** Ends the call that caused an uncaught error. */
export function failCurrentCall(error: unknown): void {
  scopes.getStore()?.fail(error);
}

function createScope(title: string): CallScope {
  let fail: CallScope['fail'] = () => {};
  const failure = new Promise<never>((_, reject) => {
    fail = reject;
  });
  // After the call, no code waits for this promise.
  failure.catch(() => {});
  return { title, begin: performance.now(), streams: false, failure, fail };
}

/** Skips calls that change nothing. */
function logEnd({ title, begin }: CallScope, outcome: string): void {
  if (!isDebugging() || title.startsWith('GET ')) return;
  log(`call ${title} ${outcome} ${(performance.now() - begin).toFixed(0)} ms`);
}

function outcomeOf(error: Error): string {
  return 'code' in error ? String(error.code) : 'internal';
}
