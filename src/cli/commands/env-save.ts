import type { Context } from '../context.ts';
import { declareCommand } from '../declaration.ts';
import { flag } from '../declare-option.ts';
import { SESSION } from '../options/shared.ts';
import { pickRunning } from '../pick-session.ts';

/** `ezj env save`: what `ezj env diff` shows becomes what the project's files ask for. */
export const envSaveCommand = declareCommand({
  name: 'save',
  summary: 'write what is installed beyond the files into them',
  arguments: [SESSION],
  options: { dryRun: flag('-n, --dry-run', 'Show the lines and write nothing.') },
  run: ({ args: [name], options: { dryRun = false }, context }) => save(name, dryRun, context),
});

async function save(name: string | undefined, dryRun: boolean, { client, output }: Context): Promise<void> {
  const { name: session } = pickRunning(await client.call('GET /v1/sessions', { query: {} }), name);
  const report = await client.call('POST /v1/sessions/:name/installed/save', {
    params: { name: session },
    body: { dryRun },
  });
  for (const note of report.notes) output.warn(note);
  if (output.json) return output.result(report, '');
  if (dryRun) for (const { diff } of report.files) output.text(diff);
  if (report.files.length === 0) return output.note('There is nothing to write.');
  if (dryRun) return;
  const written = report.files.map(({ file, packages }) => `${packages.join(', ')} to ${file}`).join('; ');
  output.note(`Wrote ${written}. The next start builds it into the image.`);
}
