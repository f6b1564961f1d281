import process from 'node:process';
import type { Command } from 'commander';
import type { Session } from '../../protocol/session.ts';
import { type Context, contextOf } from '../context.ts';
import { formatSpan, shortenHome } from '../terminal/format.ts';

interface ListOptions {
  activity?: boolean;
}

/** `ezj list`. */
export function defineList(command: Command): void {
  command
    .option('-a, --activity', 'also since when nobody has used them, as their servers tell it')
    .option('--json', 'the sessions as JSON')
    .action((options: ListOptions, self: Command) => list(contextOf(self), options));
}

/** Prints the sessions. */
export async function list({ api, output }: Context, { activity = false }: ListOptions = {}): Promise<void> {
  const sessions = await api.sessions({ activity });
  if (sessions.length === 0 && !output.json) return output.note('No sessions. ezj starts one in any folder.');
  const headings = ['NAME', 'KIND', 'STATE', 'PORT', 'PROJECT', 'AGE'];
  if (!activity) return output.table(sessions, headings, sessions.map(toRow));
  const rows = sessions.map((session) => [...toRow(session), describeIdle(session)]);
  await output.table(sessions, [...headings, 'IDLE'], rows);
}

function describeIdle({ lastActivity }: Session): string {
  return lastActivity === undefined ? '-' : formatSpan(Date.now() - Date.parse(lastActivity));
}

function toRow(session: Session): string[] {
  // A script gets the path as it is.
  const project = process.stdout.isTTY ? shortenHome(session.project) : session.project;
  const age = formatSpan(Date.now() - Date.parse(session.created));
  return [session.name, session.kind, describeState(session), String(session.port), project, age];
}

function describeState({ state, exit }: Session): string {
  if (state !== 'stopped' || !exit) return state;
  if (exit.outOfMemory) return 'stopped (out of memory)';
  return exit.code === 0 ? state : `stopped (${exit.code})`;
}
