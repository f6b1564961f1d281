import { EzjError } from '../protocol/errors.ts';
import type { Trace } from './call-trace.ts';
import { connectTo, type EngineAddress } from './connection.ts';
import { createDockerEngine } from './docker-engine.ts';
import type { Engine } from './engine.ts';
import { engineCandidates, type Surroundings } from './engine-candidates.ts';
import { toEngineError } from './engine-errors.ts';
import { pingEngine } from './engine-info.ts';
import { namedEngine } from './named-engine.ts';

/** A sleeping virtual machine takes seconds to wake, and a named engine has no alternatives that wait for their turn. */
const NAMED_TIMEOUT_MS = 10_000;
const CANDIDATE_TIMEOUT_MS = 2_000;

/** Where to look, and when to give up. */
export interface LocateOptions extends Surroundings {
  signal?: AbortSignal;
  /** Gets each call of the engine. */
  trace?: Trace;
}

/**
 * Finds the engine like docker's own command line, then at the usual places of other products.
 *
 * 1. If the user names an engine (`DOCKER_HOST`, a docker context, `CONTAINER_HOST`), only that engine counts. If it
 *    does not answer, that is an error: no other engine silently replaces it.
 * 2. Otherwise ezj tries the usual sockets in order and takes the first that answers a ping.
 *
 * @throws `engine-not-found`, whose details list each candidate and why it failed, `engine-permission` if the user may not
 * open a socket, `config-invalid` for a broken docker configuration, `cancelled`
 */
export async function locateEngine(options: LocateOptions): Promise<Engine> {
  const { env, homeDir, signal, trace } = options;
  const named = namedEngine({ env, homeDir });
  const engine = (address: EngineAddress) => createDockerEngine({ ...address, env, homeDir, trace });
  if (named) {
    const failure = await tryAddress(named, { signal, timeoutMs: NAMED_TIMEOUT_MS });
    if (failure) throw namedFailure(named, failure);
    return engine(named);
  }

  const failures: [EngineAddress, EzjError][] = [];
  for (const candidate of engineCandidates(options)) {
    const failure = await tryAddress(candidate, { signal, timeoutMs: CANDIDATE_TIMEOUT_MS });
    if (!failure) return engine(candidate);
    failures.push([candidate, failure]);
  }
  throw noneAnswers(failures);
}

/** Returns the reason why no engine answers at an address; undefined if one answers. */
async function tryAddress(
  address: EngineAddress,
  options: { signal: AbortSignal | undefined; timeoutMs: number },
): Promise<EzjError | undefined> {
  try {
    await pingEngine(connectTo(address), options);
    return undefined;
  } catch (thrown) {
    const failure = toEngineError(thrown, { what: 'reach the engine', source: address.source });
    if (failure.code === 'cancelled') throw failure;
    return failure;
  }
}

function namedFailure({ host, source }: EngineAddress, failure: EzjError): EzjError {
  if (failure.code === 'engine-permission') return failure;
  return new EzjError({
    code: 'engine-not-found',
    message: `The engine of ${source} does not answer: ${reasonOf(failure)}`,
    hint: 'Start that engine, or choose another: `unset DOCKER_HOST`, `docker context use default`.',
    details: [`${host}: ${reasonOf(failure)}`],
    cause: failure,
  });
}

function noneAnswers(failures: [EngineAddress, EzjError][]): EzjError {
  const details = failures.map(([{ source }, failure]) => `${source}: ${reasonOf(failure)}`);
  const forbidden = failures.find(([, { code }]) => code === 'engine-permission');
  if (forbidden) {
    const [{ source }, { hint, cause }] = forbidden;
    const message = `This user does not have permission to use the engine at ${source}`;
    return new EzjError({ code: 'engine-permission', message, hint, details, cause });
  }
  return new EzjError({
    code: 'engine-not-found',
    message: 'No container engine answers on this machine',
    hint: 'Install one with `ezj setup`, or start the one that is installed.',
    details,
  });
}

const REASONS: Record<string, string> = {
  ENOENT: 'not there',
  ECONNREFUSED: 'nothing listens',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
};

/** A short reason for a list, where full messages would repeat the same words. */
function reasonOf({ cause, message }: EzjError): string {
  const code = (cause as { code?: string } | undefined)?.code ?? '';
  return REASONS[code] ?? message.replace(/^Could not reach the engine: /, '');
}
