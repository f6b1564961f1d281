import type { Command } from 'commander';
import { EzjError } from '../../protocol/errors.ts';
import type { Session, StopReport } from '../../protocol/session.ts';
import { type Context, contextOf } from '../context.ts';
import { findSessions } from '../pick-session.ts';
import { describeStop } from '../stop-report.ts';

interface StopOptions {
  all?: boolean;
  discard?: boolean;
}

/** `ezj stop`. */
export function defineStop(command: Command): void {
  command
    .argument('[NAME...]', 'session names or folders (default: this folder)')
    .option('-a, --all', 'all of your sessions')
    .option('--discard', 'give up files outside the project and the home folder, for which a container is kept')
    .option('--json', 'what was stopped as JSON')
    .action((names: string[], options: StopOptions, self: Command) => stop(names, options, contextOf(self)));
}

async function stop(
  names: string[],
  { all = false, discard = false }: StopOptions,
  { api, output }: Context,
): Promise<void> {
  if (all && names.length > 0) throw new EzjError({ code: 'usage', message: 'stop takes names or --all, not both' });
  const sessions = await api.sessions();
  const chosen = all ? sessions.filter(isGoing) : chooseSessions(sessions, names);
  if (chosen.length === 0) output.note('No session is running.');
  const results = await Promise.allSettled(
    chosen.map(async (session) => {
      const report = await api.stopSession(session.name, { discard });
      output.note(describeStop(report, { already: !isGoing(session), discard }));
      return report;
    }),
  );
  const reports = results.filter(
    (result): result is PromiseFulfilledResult<StopReport> => result.status === 'fulfilled',
  );
  if (output.json)
    output.result(
      reports.map(({ value }) => value),
      '',
    );
  const failed = results.find((result): result is PromiseRejectedResult => result.status === 'rejected');
  if (failed) throw failed.reason;
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
