import type { Command } from 'commander';
import { type Context, contextOf, currentFolder } from '../context.ts';
import { readHostNetwork } from '../host-network.ts';
import { parseImage } from '../options/image.ts';
import { parseKind } from '../options/kind.ts';
import { resolveTarget } from '../target.ts';
import { cancellable } from '../terminal/cancel.ts';
import { withProgress } from '../terminal/with-progress.ts';

interface PullOptions {
  kind?: string;
  image?: string;
}

/** `ezj pull [DIR]`. */
export function definePull(command: Command): void {
  command
    .argument('[DIR]', 'a project folder', '.')
    .option('--kind <NAME>', 'for this kind of notebook', parseKind)
    .option('--image <REF>', 'built on this image', parseImage)
    .option('--json', 'as JSON')
    .action((folder: string, options: PullOptions, self: Command) => pull(folder, options, contextOf(self)));
}

async function pull(folder: string, { kind, image }: PullOptions, { api, output, env }: Context): Promise<void> {
  const { project } = resolveTarget(folder, currentFolder());
  const host = readHostNetwork(env);
  const pulled = await withProgress(output, (report) =>
    cancellable((signal) => api.fetchEnvironment({ project, kind, image, host }, { report, signal })),
  );
  output.result(
    pulled,
    pulled.pulled ? `${pulled.image}  from ${pulled.reference}` : `${pulled.image} is here already`,
  );
}
