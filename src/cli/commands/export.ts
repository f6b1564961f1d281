import { EzjError } from '../../protocol/errors.ts';
import type { Report } from '../../protocol/events.ts';
import { createArchive } from '../archive/write-archive.ts';
import { type Context, currentFolder } from '../context.ts';
import { declareCommand, type OptionValues } from '../declaration.ts';
import { argument, flag } from '../declare-option.ts';
import { FOLDER, WHICH_ENVIRONMENT } from '../options/shared.ts';
import { resolveTarget } from '../target.ts';
import { cancellable } from '../terminal/cancel.ts';
import { formatBytes } from '../terminal/format.ts';
import { withProgress } from '../terminal/with-progress.ts';

const OPTIONS = { ...WHICH_ENVIRONMENT, force: flag('--force', 'Overwrite FILE.') };

/** `ezj export FILE [DIR]`. */
export const exportCommand = declareCommand({
  name: 'export',
  summary: 'a folder’s environment as one file',
  arguments: [
    argument('<FILE>', 'NAME.tar, NAME.tar.gz or NAME.tar.zst; - for stdout', { completes: 'files' }),
    FOLDER,
  ],
  options: OPTIONS,
  run: ({ args: [file, folder], options, context }) => exportTo(file, folder, options, context),
});

async function exportTo(
  file: string,
  folder: string,
  { kind, image, force = false }: OptionValues<typeof OPTIONS>,
  { client, output }: Context,
): Promise<void> {
  const { project } = resolveTarget(folder, currentFolder());
  if (file === '-' && output.json) {
    throw new EzjError({ code: 'usage', message: '- and --json are not accepted together: both want stdout' });
  }
  const archive = await createArchive(file, { force });
  try {
    const exported = await withProgress(output, (report) =>
      cancellable((signal) => {
        const counting = countBytes(report);
        const write = async (chunk: Buffer) => {
          counting(chunk.length);
          await archive.write(chunk);
        };
        return client.receive(
          'POST /v1/environment/export',
          { body: { project, kind, image } },
          { report, signal, write },
        );
      }),
    );
    const bytes = await archive.finish();
    if (file !== '-') output.result({ file, bytes, ...exported }, `${file}  ${formatBytes(bytes)}`);
  } catch (error) {
    await archive.discard();
    throw error;
  }
}

const REPORT_EVERY_MS = 200;

/** Reports how much has come, a few times a second. */
function countBytes(report: Report): (bytes: number) => void {
  let sum = 0;
  let lastMs = 0;
  return (bytes) => {
    sum += bytes;
    if (Date.now() - lastMs < REPORT_EVERY_MS) return;
    lastMs = Date.now();
    report({ type: 'output', line: formatBytes(sum) });
  };
}
