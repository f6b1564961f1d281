import type { Command } from 'commander';
import { type Context, contextOf, currentFolder } from '../context.ts';
import { parseImage } from '../options/image.ts';
import { parseKind } from '../options/kind.ts';
import { resolveTarget } from '../target.ts';
import { cancellable } from '../terminal/cancel.ts';
import { withProgress } from '../terminal/with-progress.ts';

interface PushOptions {
  kind?: string;
  image?: string;
}

/** `ezj push [REF] [DIR]`. */
export function definePush(command: Command): void {
  command
    .argument('[REF]', 'such as registry.example.org/team/analysis; default: by its hash, where env.registry says')
    .argument('[DIR]', 'a project folder (default: this one); without REF, as a path: ./analysis')
    .option('--kind <NAME>', 'for this kind of notebook', parseKind)
    .option('--image <REF>', 'built on this image', parseImage)
    .option('--json', 'as JSON')
    .action((reference: string | undefined, folder: string | undefined, options: PushOptions, self: Command) =>
      push(readArguments(reference, folder), options, contextOf(self)),
    );
}

/** What begins like a path is no image's name. */
function readArguments(first?: string, second?: string): { reference?: string; folder: string } {
  const isFolder = second === undefined && first !== undefined && /^(?:[./~\\]|[A-Za-z]:[\\/])/.test(first);
  return isFolder ? { folder: first } : { reference: first, folder: second ?? '.' };
}

async function push(
  { reference, folder }: { reference?: string; folder: string },
  { kind, image }: PushOptions,
  { api, output }: Context,
): Promise<void> {
  const { project } = resolveTarget(folder, currentFolder());
  const pushed = await withProgress(output, (report) =>
    cancellable((signal) => api.pushEnvironment({ project, kind, image, reference }, { report, signal })),
  );
  output.result(pushed, `${pushed.reference}  ${pushed.digest}`);
}
