import type { Context } from './context.ts';

/** What a word can be completed with: these words, or what the completion looks up. */
export type Completion = 'files' | 'projects' | 'commands' | 'sessions' | 'kinds' | 'keys' | readonly string[];

/** An argument as it is declared. */
export interface ArgumentDeclaration<Value = unknown> {
  /** As help writes it: `<FILE>` has to be there, `[DIR]` may, `[NAME...]` may several times. */
  syntax: string;
  description: string;
  default?: Value;
  completes?: Completion;
}

/** An option as it is declared. */
export interface OptionDeclaration<Value = unknown> {
  /** As help writes them: `-n, --tail <N>`. */
  flags: string;
  description: string;
  /** Another short flag, which is accepted and not listed by itself. */
  also?: string;
  /** What it means in the help of `ezj`, in a few words; without, it is not there. */
  brief?: string;
  /** Accepted, but neither in help nor completed. */
  hidden?: boolean;
  /** The heading that it stands under, where a command has many. */
  group?: string;
  /** The page of the docs that says more. */
  page?: string;
  completes?: Completion;
  /** A flag that is `true` unless it is given, as `--no-open`. */
  switchesOff?: boolean;
  default?: Value;
  /** Reads the value; `before` is what the same option gave earlier on the line. */
  parse?(value: string, before?: Value): Value;
}

/** What help and completion know of a command, and how it runs. */
export interface CommandDeclaration<
  Arguments extends readonly ArgumentDeclaration[] = readonly ArgumentDeclaration[],
  Options extends Record<string, OptionDeclaration> = Record<string, OptionDeclaration>,
> {
  name: string;
  alias?: string;
  /** One line, in lower case and without a full stop. */
  summary: string;
  arguments?: Arguments;
  options?: Options;
  /** What `--json` prints, where that is to be said. */
  json?: string;
  /** How its arguments are written in its help, where the declared ones do not tell. */
  usage?: string;
  /** How its arguments are written in the help of `ezj`, where that differs. */
  brief?: string;
  /** In the help of `ezj` it stands on one line with another command, after it: what that line says. */
  together?: { with: string; summary: string };
  /** Lines to type, with what they do. */
  examples?: readonly (readonly [line: string, meaning: string])[];
  /** Further lines below its help. */
  notes?: string;
  /** Not in the help of `ezj`. */
  hidden?: boolean;
  subcommands?: readonly CommandDeclaration[];
  run(invocation: Invocation<Arguments, Options>): void | Promise<void>;
}

/** What a command is run with. */
export interface Invocation<
  Arguments extends readonly ArgumentDeclaration[] = readonly ArgumentDeclaration[],
  Options extends Record<string, OptionDeclaration> = Record<string, OptionDeclaration>,
> {
  args: ArgumentValues<Arguments>;
  options: OptionValues<Options>;
  context: Context;
  /** The words after `--`, which are among the arguments too. */
  afterDashes: string[];
  /** All commands of ezj. */
  commands: readonly CommandDeclaration[];
}

/** The values of declared arguments. */
export type ArgumentValues<Arguments extends readonly ArgumentDeclaration[]> = {
  -readonly [I in keyof Arguments]: Arguments[I] extends ArgumentDeclaration<infer Value> ? Value : never;
};

type ValueOf<Declared> = Declared extends OptionDeclaration<infer Value> ? Value : never;

/** The values of declared options, by their keys. One that may be left out, and has no default, may be undefined. */
export type OptionValues<Options> = {
  [K in keyof Options as undefined extends ValueOf<Options[K]> ? K : never]?: ValueOf<Options[K]>;
} & {
  [K in keyof Options as undefined extends ValueOf<Options[K]> ? never : K]: ValueOf<Options[K]>;
};

/** Declares a command: one declaration gives its place in the tree, its help, its completion and its table in the docs. */
export function declareCommand<
  const Arguments extends readonly ArgumentDeclaration[],
  Options extends Record<string, OptionDeclaration>,
>(declaration: CommandDeclaration<Arguments, Options>): CommandDeclaration<Arguments, Options> {
  return declaration;
}

type ArgumentValue<Syntax extends string> = Syntax extends `${string}...${string}`
  ? string[]
  : Syntax extends `<${string}`
    ? string
    : string | undefined;

/** Declares an argument. */
export function argument<Syntax extends string>(
  syntax: Syntax,
  description: string,
  details: { default: string; completes?: Completion },
): ArgumentDeclaration<string>;
export function argument<Syntax extends string>(
  syntax: Syntax,
  description: string,
  details?: { completes?: Completion },
): ArgumentDeclaration<ArgumentValue<Syntax>>;
export function argument(syntax: string, description: string, details = {}): ArgumentDeclaration {
  return { syntax, description, ...details };
}

type Details = Pick<OptionDeclaration, 'also' | 'brief' | 'hidden' | 'page' | 'completes'>;

/** Declares an option without a value. */
export function flag(flags: string, description: string, details?: Details): OptionDeclaration<boolean | undefined> {
  return { flags, description, ...details };
}

/** Declares an option that takes something away which is there without it: `--no-open` makes `open` false. */
export function switchOff(flags: string, description: string, details?: Details): OptionDeclaration<boolean> {
  return { flags, description, ...details, switchesOff: true };
}

/** Declares an option with a value. */
export function option(flags: string, description: string, details?: Details): OptionDeclaration<string | undefined>;
export function option<Value>(
  flags: string,
  description: string,
  details: Details & { parse: (value: string) => Value; default: Value },
): OptionDeclaration<Value>;
export function option<Value>(
  flags: string,
  description: string,
  details: Details & { parse: (value: string) => Value },
): OptionDeclaration<Value | undefined>;
export function option(flags: string, description: string, details = {}): OptionDeclaration {
  return { flags, description, ...details };
}

/** Declares an option with a value that may be given several times. */
export function repeatable(
  flags: string,
  description: string,
  details?: Details,
): OptionDeclaration<string[] | undefined> {
  const parse = (value: string, before: string[] = []) => [...before, value];
  return { flags, description: `${description} You can repeat it.`, ...details, parse };
}

/** Declares options that stand under one heading. */
export function inGroup<Options extends Record<string, OptionDeclaration>>(group: string, options: Options): Options {
  const entries = Object.entries(options).map(([key, declared]) => [key, { ...declared, group }]);
  return Object.fromEntries(entries) as Options;
}

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
