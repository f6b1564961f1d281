import { realpathSync } from 'node:fs';
import { type Context, currentFolder } from '../context.ts';
import { declareCommand } from '../declaration.ts';

/** `ezj kinds`: those of ezj, of the configuration, and of this folder's project file. */
export const kindsCommand = declareCommand({
  name: 'kinds',
  summary: 'kinds of notebooks, yours too',
  run: ({ context }) => kinds(context),
});

async function kinds({ client, output }: Context): Promise<void> {
  const found = await client.call('GET /v1/kinds', { query: { project: realpathSync(currentFolder()) } });
  const rows = found.map(({ name, title, image, from }) => [
    name,
    title,
    image,
    from === 'project' ? 'ezj.yaml' : from,
  ]);
  await output.table(found, ['KIND', 'TITLE', 'IMAGE', 'FROM'], rows);
}
