import type { StopReport } from '../protocol/session.ts';
import { countOf } from './terminal/format.ts';
import { oneLine } from './terminal/output.ts';

const NAMES_SHOWN = 5;

/** A stop in words: what was stopped, now or before, and what lies outside the project or, with `discard`, has gone with it. */
export function describeStop(
  { session, outside, discarded = 0 }: StopReport,
  { already = false, discard = false } = {},
): string {
  const lost = discarded > 0 ? `, with its ${countOf(discarded, 'changed file')}` : '';
  if (discard && already) return `${session} is removed${lost}`;
  if (lost !== '') return `${session} is stopped and removed${lost}`;
  const stopped = already ? 'is stopped already' : 'is stopped';
  if (outside.length === 0) return `${session} ${stopped}`;
  const shown = outside.slice(0, NAMES_SHOWN).map((file) => `  ${oneLine(file)}`);
  const more = outside.length > NAMES_SHOWN ? [`  and ${outside.length - NAMES_SHOWN} more`] : [];
  return [
    `${session} ${stopped}. ${countOf(outside.length, 'file')} outside the project and the home folder ${outside.length === 1 ? 'was' : 'were'} changed:`,
    ...shown,
    ...more,
    `So the container is kept: ezj brings it back with these files, ezj stop --discard ${session} gives them up.`,
  ].join('\n');
}
