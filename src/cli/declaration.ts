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
