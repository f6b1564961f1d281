import type { CommandDeclaration, OptionDeclaration } from './declaration.ts';
import { findCommand, usageOf } from './read-declaration.ts';

/** What `ezj --help` prints: all commands, and the options of a start that have a brief meaning. All of them would not fit a screen. */
export function rootHelp(commands: readonly CommandDeclaration[]): string {
  const start = findCommand(commands, 'start');
  const shown = commands.filter(({ hidden, together }) => !hidden && !together);
  const examples = (start?.examples ?? []).map(([line, meaning]) => `  ${line.padEnd(29)} ${meaning}`);
  return `ezj: a notebook in any folder, in a container, on your own files.

Usage: ezj [options] [DIR|NOTEBOOK|URL] start or reopen (default: this folder)
       ezj COMMAND

Examples:
${examples.join('\n')}

Commands:
${shown.map((command) => describe(command, commands)).join('\n')}

Options (all of them: ezj help start):
${describeOptions(Object.values(start?.options ?? {})).join('\n')}
  --json                        JSON on stdout; events, {"error":…} on stderr

${EXIT_CODES}`;
}

/** What the exit codes mean, for help. */
export const EXIT_CODES = `Exit codes: 0 done, 1 internal (or what doctor found), 2 usage, 3 not found,
4 engine, 5 image, 6 disk, port, name, 7 session, 8 daemon, 9 git, 130 cancelled`;

function describe(command: CommandDeclaration, commands: readonly CommandDeclaration[]): string {
  const { name, brief = usageOf(command) } = command;
  const second = commands.find(({ together }) => together?.with === name);
  const names = second ? `${name}, ${second.name}` : name;
  return `  ${`${names} ${brief}`.padEnd(30)}${second?.together?.summary ?? command.summary}`;
}

/** Two on a line, in the order of their declaration. */
function describeOptions(options: readonly OptionDeclaration[]): string[] {
  const cells = options.flatMap(({ flags, also, brief }) => {
    if (brief === undefined) return [];
    const plain = flags.replace(/[<>]/g, '');
    return [[also ? plain.replace(', ', `, ${also}, `) : plain, brief] as const];
  });
  return cells.flatMap(([flags, brief], index) => {
    if (index % 2 === 1) return [];
    const left = `  ${flags.padEnd(30)}${brief}`;
    const [other, otherBrief] = cells[index + 1] ?? [];
    return [other === undefined ? left : `${left.padEnd(55)}${other.padEnd(14)}${otherBrief}`];
  });
}
