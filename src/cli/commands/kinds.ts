import { realpathSync } from 'node:fs';
import type { Command } from 'commander';
import { type Context, contextOf, currentFolder } from '../context.ts';

/** `ezj kinds`: those of ezj, of the configuration, and of this folder's project file. */
export function defineKinds(command: Command): void {
  command.option('--json', 'as JSON').action((_options: unknown, self: Command) => kinds(contextOf(self)));
}

async function kinds({ api, output }: Context): Promise<void> {
  const found = await api.kinds(realpathSync(currentFolder()));
  const rows = found.map(({ name, title, image, from }) => [
    name,
    title,
    image,
    from === 'project' ? 'ezj.yaml' : from,
  ]);
  await output.table(found, ['KIND', 'TITLE', 'IMAGE', 'FROM'], rows);
}
