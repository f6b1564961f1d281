import process from 'node:process';
import type { Command } from 'commander';
import type { Session } from '../../protocol/session.ts';
import { type Context, contextOf } from '../context.ts';
import { formatSpan, shortenHome } from '../format.ts';

/** `ezj list`. */
export function defineList(command: Command): void {
  command.option('--json', 'the sessions as JSON').action((_options: unknown, self: Command) => list(contextOf(self)));
}

/** Prints the sessions. */
export async function list({ api, output }: Context): Promise<void> {
  const sessions = await api.sessions();
  if (sessions.length === 0 && !output.json) return output.note('No sessions. ezj starts one in any folder.');
  await output.table(sessions, ['NAME', 'KIND', 'STATE', 'PORT', 'PROJECT', 'AGE'], sessions.map(toRow));
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
