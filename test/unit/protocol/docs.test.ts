import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { CONFIG_KEYS } from '../../../src/config/keys.ts';
import { projectFileSchema } from '../../../src/projects/project-file.ts';
import { ERROR_CODES } from '../../../src/protocol/errors.ts';

const read = (page: string) => readFileSync(path.resolve(import.meta.dirname, '../../../docs', page), 'utf8');

test('every error code has its section in the troubleshooting page, and no other has one', () => {
  const sections = [...read('troubleshooting.md').matchAll(/^## ([a-z-]+)$/gm)].map(([, code]) => code);
  expect(sections.sort()).toEqual([...ERROR_CODES].sort());
});

test('every configuration key stands in the configuration page with its default', () => {
  const rows = [...read('configuration.md').matchAll(/^\| `([a-z]+(?:\.[a-zA-Z]+)*)` \| (?:`(.*?)`)? ?\|/gm)];
  const documented = Object.fromEntries(rows.map(([, key, value = '']) => [key, value]));
  const defaults = Object.entries(CONFIG_KEYS).map(([key, { default: value }]) => [
    key,
    typeof value === 'object' ? JSON.stringify(value) : String(value),
  ]);
  expect(documented).toEqual(Object.fromEntries(defaults));
});

test('the schema of ezj.yaml that editors get is the one that ezj checks by', async () => {
  const schema = `${JSON.stringify(projectFileSchema(), undefined, 2)}\n`;
  await expect(schema).toMatchFileSnapshot('../../../docs/ezj.schema.json');
});
