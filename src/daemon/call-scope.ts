import { AsyncLocalStorage } from 'node:async_hooks';
import { performance } from 'node:perf_hooks';
import type { Context } from 'hono';
import { isDebugging, log } from './log.ts';

/** One call to the daemon, as long as it lasts. */
interface CallScope {
  title: string;
  begin: number;
  /** Its answer is a stream, which ends later than its route. */
  streams: boolean;
  /** Rejects when something fails that nobody awaits. */
  failure: Promise<never>;
  fail: (error: unknown) => void;
}

const scopes = new AsyncLocalStorage<CallScope>();

/** Runs the route of a call. What fails in it unawaited ends this call alone; see {@link failCurrentCall}. */
export async function runCall(c: Context, route: () => Promise<void>): Promise<void> {
  const scope = createScope(`${c.req.method} ${c.req.path}`);
  await scopes.run(scope, () => Promise.race([route(), scope.failure]));
  if (!scope.streams) logEnd(scope, c.error ? outcomeOf(c.error) : 'done');
}

/** Tells that the answer of this call goes on as a stream; gives what is to be called with its outcome at its end. */
export function beginStream(): (outcome: string) => void {
  const scope = scopes.getStore();
  if (scope) scope.streams = true;
  return (outcome) => scope && logEnd(scope, outcome);
}

/** `work`, or the failure of something in this call that nobody awaits: such work may never end. */
export function orFailure<Result>(work: Promise<Result>): Promise<Result> {
  const scope = scopes.getStore();
  return scope ? Promise.race([work, scope.failure]) : work;
}

/** Ends the call in which an error came up that nobody caught. */
export function failCurrentCall(error: unknown): void {
  scopes.getStore()?.fail(error);
}

function createScope(title: string): CallScope {
  let fail: CallScope['fail'] = () => {};
  const failure = new Promise<never>((_, reject) => {
    fail = reject;
  });
  // After the end of the call nobody waits for it.
  failure.catch(() => {});
  return { title, begin: performance.now(), streams: false, failure, fail };
}

/** Calls that change nothing are not worth a line. */
function logEnd({ title, begin }: CallScope, outcome: string): void {
  if (!isDebugging() || title.startsWith('GET ')) return;
  log(`call ${title} ${outcome} ${(performance.now() - begin).toFixed(0)} ms`);
}

function outcomeOf(error: Error): string {
  return 'code' in error ? String(error.code) : 'internal';
}
