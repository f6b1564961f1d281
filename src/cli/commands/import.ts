import path from 'node:path';
import type { ImportReport } from '../../protocol/archive.ts';
import type { Report } from '../../protocol/events.ts';
import { shellQuote } from '../../protocol/shell-word.ts';
import { type ArchiveReader, openArchive } from '../archive/read-archive.ts';
import { type Context, currentFolder } from '../context.ts';
import { declareCommand } from '../declaration.ts';
import { argument } from '../declare-option.ts';
import { cancellable } from '../terminal/cancel.ts';
import { formatBytes } from '../terminal/format.ts';
import { withProgress } from '../terminal/with-progress.ts';

/** `ezj import FILE [DIR]`. */
export const importCommand = declareCommand({
  name: 'import',
  summary: 'take such a file in; needs no network',
  together: { with: 'export', summary: 'a folder’s environment as one file; back in' },
  arguments: [
    argument('<FILE>', 'An archive of `ezj export`; - for stdin', { completes: 'files' }),
    argument('[DIR]', 'A folder for the files of the project, created if it is not there', { completes: 'files' }),
  ],
  options: {},
  run: ({ args: [file, folder], context }) => importFrom(file, folder, context),
});

async function importFrom(file: string, name: string | undefined, { client, output }: Context): Promise<void> {
  const folder = name === undefined ? undefined : path.resolve(currentFolder(), name);
  const archive = await openArchive(file);
  const imported = await withProgress(output, (report) =>
    cancellable(async (signal) => {
      const counting = setInterval(() => reportProgress(archive, report), 200);
      const unreadable = new AbortController();
      archive.broken.catch(() => unreadable.abort());
      const options = { report, signal: AbortSignal.any([signal, unreadable.signal]), bytes: archive.tar };
      try {
        const query = { project: folder ?? currentFolder(), folder };
        return await client.follow('POST /v1/environment/import', { query }, options);
      } catch (error) {
        // What is wrong with the file tells more than that the call was given up for it.
        if (unreadable.signal.aborted) await archive.broken;
        throw error;
      } finally {
        clearInterval(counting);
        archive.tar.destroy();
      }
    }),
  );
  output.result(imported, describe(imported, name));
}

function reportProgress({ progress }: ArchiveReader, report: Report): void {
  const { readBytes, totalBytes } = progress();
  const all = totalBytes === undefined ? '' : ` of ${formatBytes(totalBytes)}`;
  report({ type: 'output', line: `${formatBytes(readBytes)}${all}` });
}

function describe({ image, project, loaded, written, startOptions }: ImportReport, folder: string | undefined): string {
  const words = ['ezj', ...startOptions, ...(folder === undefined ? [] : [folder])].map(shellQuote);
  return [
    loaded.length === 0 ? `${project} has ${image} already` : `Loaded ${loaded.join(', ')} for ${project} alone`,
    ...(written.length === 0 ? [] : [`Written: ${written.join(', ')}`]),
    `Start: ${words.join(' ')}`,
  ].join('\n');
}
