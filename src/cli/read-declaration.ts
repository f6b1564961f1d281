import type { CommandDeclaration, OptionDeclaration } from './declaration.ts';

/** The flags of an option apart, and whether a value follows. */
export function readFlags({ flags }: OptionDeclaration): { short?: string; long?: string; takesValue: boolean } {
  const names = flags.split(/[ ,]+/);
  return {
    short: names.find((name) => /^-[^-]/.test(name)),
    long: names.find((name) => name.startsWith('--')),
    takesValue: flags.includes('<'),
  };
}

/** How a command's arguments are written. */
export function usageOf({ usage, arguments: declared = [] }: CommandDeclaration): string {
  return usage ?? declared.map(({ syntax }) => syntax.replace(/^<(.*)>$/, '$1').replace('...', '…')).join(' ');
}

/** The command of a name or alias. */
export function findCommand(commands: readonly CommandDeclaration[], name: string): CommandDeclaration | undefined {
  return commands.find((command) => command.name === name || command.alias === name);
}

/** A command's own options, and those that every command has. */
export function optionsOf({
  options = {},
  json = 'Print JSON.',
}: CommandDeclaration): Record<string, OptionDeclaration> {
  return { ...options, json: { flags: '--json', description: json } };
}

/** A summary as a sentence of its own. */
export function sentence(summary: string): string {
  return `${summary[0]?.toUpperCase()}${summary.slice(1)}.`;
}
