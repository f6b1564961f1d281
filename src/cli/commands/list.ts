import process from 'node:process';
import type { Session } from '../../protocol/session.ts';
import type { Context } from '../context.ts';
import { declareCommand, type OptionValues } from '../declaration.ts';
import { flag } from '../declare-option.ts';
import { formatSpan, shortenHome } from '../terminal/format.ts';

const OPTIONS = {
  activity: flag('-a, --activity', 'Show how long each session has been idle, where its server knows.'),
};

/** `ezj list`. */
export const listCommand = declareCommand({
  name: 'list',
  alias: 'ls',
  summary: 'your sessions',
  json: 'Print the sessions as JSON.',
  options: OPTIONS,
  run: ({ context, options }) => list(context, options),
});

/** Prints the sessions. */
export async function list(
  { client, output }: Context,
  { activity = false }: OptionValues<typeof OPTIONS> = {},
): Promise<void> {
  const sessions = await client.call('GET /v1/sessions', { query: activity ? { activity } : {} });
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
