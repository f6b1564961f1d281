import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { ConfigEntry } from '../../protocol/daemon.ts';
import { configDir } from '../../protocol/paths.ts';
import type { Context } from '../context.ts';
import { declareCommand } from '../declaration.ts';
import { argument } from '../declare-option.ts';

const KEY = argument('<KEY>', 'A key, as ezj config list shows it', { completes: 'keys' });

/** `ezj config`: one sub-command a verb. */
export const configCommand = declareCommand({
  name: 'config',
  summary: 'settings',
  brief: 'get|set|unset|list',
  run: ({ context }) => list(context),
  subcommands: [
    declareCommand({
      name: 'list',
      summary: 'list all keys with their values',
      run: ({ context }) => list(context),
    }),
    declareCommand({
      name: 'get',
      summary: 'print the value of a key',
      arguments: [KEY],
      async run({ args: [key], context: { client, output } }) {
        const entry = await client.call('GET /v1/config/:key', { params: { key } });
        output.result(entry, textOf(entry.value));
      },
    }),
    declareCommand({
      name: 'set',
      summary: 'set a key',
      arguments: [KEY, argument('<VALUE>', 'Its value')],
      run: async ({ args: [key, value], context }) =>
        showChange(await context.client.call('PUT /v1/config/:key', { params: { key }, body: { value } }), context),
    }),
    declareCommand({
      name: 'unset',
      summary: 'restore the default of a key',
      arguments: [KEY],
      run: async ({ args: [key], context }) =>
        showChange(await context.client.call('DELETE /v1/config/:key', { params: { key } }), context),
    }),
    declareCommand({
      name: 'path',
      summary: 'print the path of the configuration file',
      run({ context }) {
        const file = path.join(configDir(), 'config.json');
        context.output.result({ path: file }, file);
      },
    }),
    declareCommand({
      name: 'schema',
      summary: 'print the JSON schema of ezj.yaml, for editors',
      run({ context }) {
        const text = readFileSync(path.join(__dirname, '..', 'docs', 'ezj.schema.json'), 'utf8').trimEnd();
        context.output.result(JSON.parse(text), text);
      },
    }),
  ],
});

async function list({ client, output }: Context): Promise<void> {
  const entries = await client.call('GET /v1/config', {});
  await output.table(entries, ['KEY', 'VALUE', 'MEANING'], entries.map(toRow));
}

function toRow({ key, value, default: standard, description }: ConfigEntry): string[] {
  const [text, standardText] = [textOf(value), textOf(standard)];
  const changed = text === standardText ? '' : ` (default: ${standardText || 'empty'})`;
  return [key, text || '-', `${description}${changed}`];
}

function textOf(value: ConfigEntry['value']): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

function showChange(entry: ConfigEntry, { output }: Context): void {
  if (output.json) output.result(entry, '');
  else output.note(`${entry.key} is ${textOf(entry.value) || 'empty'}`);
}
