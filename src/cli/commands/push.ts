import { type Context, currentFolder } from '../context.ts';
import { declareCommand } from '../declaration.ts';
import { argument } from '../declare-option.ts';
import { WHICH_ENVIRONMENT, type WhichEnvironment } from '../options/shared.ts';
import { resolveTarget } from '../target.ts';
import { cancellable } from '../terminal/cancel.ts';
import { withProgress } from '../terminal/with-progress.ts';

/** `ezj push [REF] [DIR]`. */
export const pushCommand = declareCommand({
  name: 'push',
  summary: 'a folder’s environment to a registry',
  arguments: [
    argument('[REF]', 'Such as registry.example.org/team/analysis (default: env.registry, by content hash)'),
    argument('[DIR]', 'A project folder (default: this one). Without REF, write a path: ./analysis', {
      completes: 'projects',
    }),
  ],
  options: WHICH_ENVIRONMENT,
  run: ({ args: [reference, folder], options, context }) => push(readArguments(reference, folder), options, context),
});

/** What begins like a path is no image's name. */
function readArguments(first?: string, second?: string): { reference?: string; folder: string } {
  const isFolder = second === undefined && first !== undefined && /^(?:[./~\\]|[A-Za-z]:[\\/])/.test(first);
  return isFolder ? { folder: first } : { reference: first, folder: second ?? '.' };
}

async function push(
  { reference, folder }: { reference?: string; folder: string },
  { kind, image }: WhichEnvironment,
  { client, output }: Context,
): Promise<void> {
  const { project } = resolveTarget(folder, currentFolder());
  const pushed = await withProgress(output, (report) =>
    cancellable((signal) =>
      client.follow('POST /v1/environment/push', { body: { project, kind, image, reference } }, { report, signal }),
    ),
  );
  output.result(pushed, `${pushed.reference}  ${pushed.digest}`);
}
