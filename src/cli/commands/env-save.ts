import type { Command } from 'commander';
import { type Context, contextOf } from '../context.ts';
import { pickRunning } from '../pick-session.ts';

/** `ezj env save`: what `ezj env diff` shows becomes what the project's files ask for. */
export function defineEnvSave(command: Command): void {
  command
    .description('Write what is installed beyond the files into them.')
    .argument('[NAME]', "a session's name or folder (default: this folder)")
    .option('-n, --dry-run', 'only show what would be written')
    .option('--json', 'as JSON')
    .action((name: string | undefined, { dryRun = false }: { dryRun?: boolean }, self: Command) =>
      save(name, dryRun, contextOf(self)),
    );
}

async function save(name: string | undefined, dryRun: boolean, { api, output }: Context): Promise<void> {
  const { name: session } = pickRunning(await api.sessions(), name);
  const report = await api.saveInstalled(session, dryRun);
  for (const note of report.notes) output.warn(note);
  if (output.json) return output.result(report, '');
  if (dryRun) for (const { diff } of report.files) output.text(diff);
  if (report.files.length === 0) return output.note('Nothing is to be written.');
  if (dryRun) return;
  const written = report.files.map(({ file, packages }) => `${packages.join(', ')} to ${file}`).join('; ');
  output.note(`Wrote ${written}. The next start of the project builds it in.`);
}
