import { isProgress } from '../../repository/git.ts';
import type { Output } from '../terminal/output.ts';
import { createLineProgress, type Progress } from '../terminal/progress.ts';

/** git's own progress as one line that changes; a line stays free as long as git may ask for a password on it. */
export function showGit(output: Output): Progress {
  if (output.json) return { report: output.event, stop: () => {} };
  if (!output.animated) return createLineProgress(output);
  let shown = false;
  const show = (line: string) => {
    if (line !== '' || shown) output.transient(line);
    shown = line !== '';
  };
  const report: Progress['report'] = (event) => {
    show(event.type === 'output' && isProgress(event.line) ? event.line : '');
    if (event.type === 'step') output.note(event.text);
  };
  return { report, stop: () => show('') };
}
