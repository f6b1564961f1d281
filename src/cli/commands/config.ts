import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Command } from 'commander';
import type { ConfigEntry } from '../../protocol/daemon.ts';
import { configDir } from '../../protocol/paths.ts';
import { contextOf } from '../context.ts';

/** `ezj config`: one sub-command a verb. */
export function defineConfig(command: Command): void {
  command.option('--json', 'as JSON').action((_options: unknown, self: Command) => list(self));
  addVerb(command, 'list', 'All keys with their values.').action((_options: unknown, self: Command) => list(self));
  addVerb(command, 'get', 'The value of a key.')
    .argument('<KEY>')
    .action(async (key: string, _options: unknown, self: Command) => {
      const { api, output } = contextOf(self);
      const entry = await api.configGet(key);
      output.result(entry, textOf(entry.value));
    });
  addVerb(command, 'set', 'Set a key.')
    .argument('<KEY>')
    .argument('<VALUE>')
    .action(async (key: string, value: string, _options: unknown, self: Command) => {
      const { api } = contextOf(self);
      showChange(self, await api.configSet(key, value));
    });
  addVerb(command, 'unset', 'Set a key back to its default.')
    .argument('<KEY>')
    .action(async (key: string, _options: unknown, self: Command) => {
      const { api } = contextOf(self);
      showChange(self, await api.configUnset(key));
    });
  addVerb(command, 'schema', 'The JSON schema of ezj.yaml, for editors.').action((_options: unknown, self: Command) => {
    const file = path.join(__dirname, '..', 'docs', 'ezj.schema.json');
    const text = readFileSync(file, 'utf8').trimEnd();
    contextOf(self).output.result(JSON.parse(text), text);
  });
  addVerb(command, 'path', 'Where the file is.').action((_options: unknown, self: Command) => {
    const file = path.join(configDir(), 'config.json');
    contextOf(self).output.result({ path: file }, file);
  });
}

function addVerb(command: Command, name: string, description: string): Command {
  return command.command(name).description(description).option('--json', 'as JSON');
}

async function list(self: Command): Promise<void> {
  const { api, output } = contextOf(self);
  const entries = await api.config();
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

function showChange(self: Command, entry: ConfigEntry): void {
  const { output } = contextOf(self);
  if (output.json) output.result(entry, '');
  else output.note(`${entry.key} is ${textOf(entry.value) || 'empty'}`);
}
