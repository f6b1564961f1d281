import pMap from 'p-map';
import { EzjError, toEzjError } from '../../protocol/errors.ts';
import type { Session } from '../../protocol/session.ts';
import type { Context } from '../context.ts';
import { declareCommand, type OptionValues } from '../declaration.ts';
import { argument, flag } from '../declare-option.ts';
import { findSessions, folderOf } from '../pick-session.ts';
import { describeStop } from '../stop-report.ts';
import { askYesNo, canAsk } from '../terminal/ask.ts';
import { countOf, shortenHome } from '../terminal/format.ts';
import { type Output, oneLine } from '../terminal/output.ts';

const OPTIONS = {
  all: flag('--all', 'Stop all of your sessions, in any folder. On a terminal, it asks first.'),
  // Typed by those who know it from `list`, where it means something else.
  a: flag('-a', 'Refused: it means activity in ezj list.', { hidden: true }),
  discard: flag('--discard', 'Give up changed files outside the project and the home folder.'),
  yes: flag('-y, --yes', "Don't ask."),
};

type StopOptions = OptionValues<typeof OPTIONS>;

/** More would have the engine do the same work more slowly, fewer would wait for sessions that take their time to end. */
const AT_ONCE = 4;

/** `ezj stop`. */
export const stopCommand = declareCommand({
  name: 'stop',
  summary: "stop this folder's sessions, or others",
  brief: '[NAME…|--all]',
  json: 'Print what was stopped as JSON.',
  arguments: [argument('[NAME...]', 'Names or folders of sessions (default: this folder)', { completes: 'sessions' })],
  options: OPTIONS,
  run: ({ args: [names], options, context }) => stop(names, options, context),
});

/** Stops the sessions of these names; each one's failure is reported when all have had their turn. */
export async function stop(names: string[], options: StopOptions, { client, output }: Context): Promise<void> {
  const { all = false, discard = false, yes = false } = options;
  refuseUnclear(names, options);
  const sessions = await client.call('GET /v1/sessions', { query: {} });
  // With --discard, those count that are stopped and kept.
  const chosen = all ? sessions.filter((session) => discard || isGoing(session)) : chooseSessions(sessions, names);
  if (chosen.length === 0) output.note('No session is running.');
  if (all) await confirmAll(chosen, { output, yes });
  const failures: Failure[] = [];
  const stopOne = async (session: Session) => {
    try {
      const report = await client.call('POST /v1/sessions/:name/stop', {
        params: { name: session.name },
        body: { force: false, discard },
      });
      output.note(describeStop(report, { already: !isGoing(session), discard }));
      return [report];
    } catch (thrown) {
      const error = toEzjError(thrown);
      // Somebody else was faster.
      if (all && error.code === 'session-not-found') output.note(`${session.name} is gone already`);
      else failures.push({ name: session.name, error });
      return [];
    }
  };
  const stopped = await pMap(chosen, stopOne, { concurrency: AT_ONCE });
  if (output.json) output.result(stopped.flat(), '');
  throwFailures(failures, chosen.length);
}

function refuseUnclear(names: string[], { all = false, a = false }: StopOptions): void {
  if (a) {
    throw new EzjError({
      code: 'usage',
      message: 'stop has no -a',
      hint: 'ezj stop --all stops all of your sessions, in whatever folder',
    });
  }
  if (all && names.length > 0) throw new EzjError({ code: 'usage', message: 'stop takes names or --all, not both' });
}

/** Shows which sessions `--all` means, and asks on a terminal where one of them belongs to another folder. */
async function confirmAll(sessions: Session[], { output, yes }: { output: Output; yes: boolean }): Promise<void> {
  const here = folderOf('.');
  if (output.json || sessions.every(({ project }) => project === here)) return;
  output.note(`${countOf(sessions.length, 'session')} to stop:`);
  for (const { name, project } of sessions) output.note(`  ${oneLine(`${name} · ${shortenHome(project)}`)}`);
  if (yes || !canAsk() || (await askYesNo('Stop them?'))) return;
  throw new EzjError({ code: 'cancelled', message: 'Nothing was stopped.' });
}

interface Failure {
  name: string;
  error: EzjError;
}

/** One failure as it is; of several, all that they say. */
function throwFailures(failures: Failure[], tried: number): void {
  const [first, ...others] = failures;
  if (!first) return;
  if (others.length === 0) throw first.error;
  throw new EzjError({
    code: first.error.code,
    message: `${failures.length} of ${countOf(tried, 'session')} could not be stopped`,
    details: failures.map(({ name, error }) => `${name}: ${error.message}`),
    hint: first.error.hint,
    cause: first.error,
  });
}

/** The sessions that the names mean. Of a folder's, one that is stopped counts where no other runs. */
export function chooseSessions(sessions: Session[], names: string[]): Session[] {
  const wanted = names.length === 0 ? [undefined] : names;
  const chosen = wanted.flatMap((name) => {
    const found = findSessions(sessions, name);
    return found.some(isGoing) ? found.filter(isGoing) : found;
  });
  return [...new Set(chosen)];
}

function isGoing({ state }: Session): boolean {
  return state !== 'stopped';
}
