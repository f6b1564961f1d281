import type { ArgumentDeclaration, Completion, OptionDeclaration } from './declaration.ts';

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
