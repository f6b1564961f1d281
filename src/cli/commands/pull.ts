import { type Context, currentFolder } from '../context.ts';
import { declareCommand } from '../declaration.ts';
import { readHostNetwork } from '../host-network.ts';
import { FOLDER, WHICH_ENVIRONMENT, type WhichEnvironment } from '../options/shared.ts';
import { resolveTarget } from '../target.ts';
import { cancellable } from '../terminal/cancel.ts';
import { withProgress } from '../terminal/with-progress.ts';

/** `ezj pull [DIR]`. */
export const pullCommand = declareCommand({
  name: 'pull',
  summary: 'get it from the registry of env.registry',
  together: { with: 'push', summary: 'likewise, to a registry and from it' },
  arguments: [FOLDER],
  options: WHICH_ENVIRONMENT,
  run: ({ args: [folder], options, context }) => pull(folder, options, context),
});

async function pull(
  folder: string,
  { kind, image }: WhichEnvironment,
  { client, output, env }: Context,
): Promise<void> {
  const { project } = resolveTarget(folder, currentFolder());
  const host = readHostNetwork(env);
  const pulled = await withProgress(output, (report) =>
    cancellable((signal) =>
      client.follow('POST /v1/environment/pull', { body: { project, kind, image, host } }, { report, signal }),
    ),
  );
  output.result(
    pulled,
    pulled.pulled ? `${pulled.image}  from ${pulled.reference}` : `${pulled.image} is here already`,
  );
}
