// npm run docs: writes the tables of options and sub-commands into docs/commands.md, as the commands declare them.
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { loadSource } from './load-source.mjs';

const page = path.join(import.meta.dirname, 'docs', 'commands.md');
const { COMMANDS, withTables } = await loadSource('src/cli/from-declarations.ts');
await writeFile(page, withTables(await readFile(page, 'utf8'), COMMANDS));
