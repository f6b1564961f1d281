import type { CommandDeclaration, OptionDeclaration } from './declaration.ts';
import { sentence, usageOf } from './read-declaration.ts';

/** `<!-- options of env save -->` up to `<!-- end -->`. */
const BLOCK = /<!-- (options|commands) of ([a-z ]+) -->\n[\s\S]*?<!-- end -->/g;

/** A page of the docs with its tables of options and of sub-commands as they are declared. */
export function withTables(page: string, commands: readonly CommandDeclaration[]): string {
  return page.replaceAll(BLOCK, (_block, what: string, path: string) => {
    const declared = find(path.split(' '), commands);
    const table = what === 'options' ? describeOptions(declared) : describeSubcommands(path, declared);
    return `<!-- ${what} of ${path} -->\n\n${table}\n\n<!-- end -->`;
  });
}

function find([name, ...rest]: string[], commands: readonly CommandDeclaration[]): CommandDeclaration {
  const declared = commands.find((command) => command.name === name);
  if (!declared) throw new Error(`The page names a command that there is not: ${name}`);
  return rest.length === 0 ? declared : find(rest, declared.subcommands ?? []);
}

/** A table a group; `--json`, which every command has, is in none. */
function describeOptions({ options = {} }: CommandDeclaration): string {
  const shown = Object.values(options).filter(({ hidden }) => !hidden);
  const tables = [...new Set(shown.map(({ group }) => group))].map((group) => {
    const members = shown.filter((each) => each.group === group);
    const table = formatTable(
      'option',
      members.map((member) => [formatFlags(member), formatText(member)]),
    );
    return group === undefined ? table : `${group}:\n\n${table}`;
  });
  return tables.join('\n\n');
}

function describeSubcommands(path: string, { subcommands = [] }: CommandDeclaration): string {
  return formatTable(
    'command',
    subcommands.map((child) => [
      `\`${['ezj', path, child.name, usageOf(child)].join(' ').trim()}\``,
      sentence(child.summary),
    ]),
  );
}

function formatTable(head: string, rows: string[][]): string {
  return [`| ${head} | effect |`, '|---|---|', ...rows.map((cells) => `| ${cells.join(' | ')} |`)].join('\n');
}

/** `-v`, `--mount SRC`: the value stands behind the last. */
function formatFlags({ flags, also }: OptionDeclaration): string {
  const [, names = '', value = ''] = /^([^<]*?)( <.*>)?$/.exec(flags) ?? [];
  const [first = '', ...others] = names.split(', ');
  const all = [first, ...(also ? [also] : []), ...others];
  const plain = value.replace(/[<>]/g, '').replaceAll('|', '\\|');
  return all.map((name, index) => `\`${name}${index === all.length - 1 ? plain : ''}\``).join(', ');
}

function formatText({ description, page }: OptionDeclaration): string {
  const text = description.replaceAll('|', '\\|').replaceAll('<', '&lt;');
  if (!page) return text;
  const name = page.replace(/\.md.*$/, '');
  return `${text.replace(/\.$/, '')}. See [${name}](${page}).`;
}
