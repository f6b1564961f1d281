import type { Command } from 'commander';
import { EzjError } from '../../protocol/errors.ts';
import type { Report } from '../../protocol/events.ts';
import { type Context, contextOf, currentFolder } from '../context.ts';
import { parseImage } from '../options/image.ts';
import { parseKind } from '../options/kind.ts';
import { resolveTarget } from '../target.ts';
import { cancellable } from '../terminal/cancel.ts';
import { formatBytes } from '../terminal/format.ts';
import { withProgress } from '../terminal/with-progress.ts';

interface ExportOptions {
  kind?: string;
  image?: string;
  force?: boolean;
}

/** `ezj export FILE [DIR]`. */
export function defineExport(command: Command): void {
  command
    .argument('<FILE>', 'NAME.tar, NAME.tar.gz or NAME.tar.zst; - for stdout')
    .argument('[DIR]', 'a project folder', '.')
    .option('--kind <NAME>', 'for this kind of notebook', parseKind)
    .option('--image <REF>', 'built on this image', parseImage)
    .option('--force', 'overwrite FILE')
    .option('--json', 'as JSON')
    .action((file: string, folder: string, options: ExportOptions, self: Command) =>
      exportTo(file, folder, options, contextOf(self)),
    );
}

async function exportTo(
  file: string,
  folder: string,
  { kind, image, force = false }: ExportOptions,
  { api, output }: Context,
): Promise<void> {
  const { project } = resolveTarget(folder, currentFolder());
  if (file === '-' && output.json) {
    throw new EzjError({ code: 'usage', message: '- and --json are not accepted together: both want stdout' });
  }
  const { createArchive } = await import('../archive-file.ts');
  const archive = createArchive(file, { force });
  try {
    const exported = await withProgress(output, (report) =>
      cancellable((signal) => {
        const counting = countBytes(report);
        const write = async (chunk: Buffer) => {
          counting(chunk.length);
          await archive.write(chunk);
        };
        return api.exportEnvironment({ project, kind, image }, { report, signal, write });
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
