import { FileFound, withoutFiles } from '../project-files/read.ts';

/** Runs functions apart from everything else in the daemon. */
export interface Parser {
  run(name: string, args: unknown[]): Promise<unknown>;
}

type Parse = (...args: never[]) => Promise<unknown>;

const known = new Map<string, Parse>();
let parser: Parser | undefined;

/**
 * A function that parses what a project says. In the daemon, it runs in the parser, because a project from elsewhere may
 * hold files that keep a parser busy for minutes or take all memory. Where nothing has set a parser, it runs in place.
 * Takes and returns plain values and buffers only.
 */
export function isolated<Args extends unknown[], Result>(
  name: string,
  parse: (...args: Args) => Promise<Result>,
): (...args: Args) => Promise<Result> {
  known.set(name, parse as unknown as Parse);
  return async (...args) => {
    if (!parser) return parse(...args);
    try {
      // Most folders say nothing: they need no parser.
      return await withoutFiles(() => parse(...args));
    } catch (error) {
      if (!(error instanceof FileFound)) throw error;
    }
    return (await parser.run(name, args)) as Result;
  };
}

/** Lets isolated functions run in a parser from now on. */
export function useParser(given: Parser): void {
  parser = given;
}

/** An isolated function by its name, for the parser. */
export function isolatedFunction(name: string): (...args: unknown[]) => Promise<unknown> {
  return known.get(name) as unknown as (...args: unknown[]) => Promise<unknown>;
}
