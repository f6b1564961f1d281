import type { ParseError } from 'jsonc-parser/lib/esm/main.js';
import { invalid } from './invalid.ts';
import { decode, type NamedFile } from './named-files.ts';
import { parsed } from './parsed.ts';

/**
 * The value of a JSON file that may hold comments and trailing commas.
 * @throws `environment-invalid` with line and column
 */
export async function readJsoncFile({ path, content }: NamedFile): Promise<unknown> {
  // esbuild cannot bundle the package's main file, because of the way it loads its parts.
  const { parse, printParseErrorCode } = await import('jsonc-parser/lib/esm/main.js');
  const text = decode(content);
  const errors: ParseError[] = [];
  const value: unknown = parsed(path, () => parse(text, errors, { allowTrailingComma: true }));
  const [first] = errors;
  if (first === undefined) return value;
  const before = text.slice(0, first.offset).split('\n');
  const reason = printParseErrorCode(first.error).replace(/\B[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  throw invalid(path, `column ${(before.at(-1)?.length ?? 0) + 1}: ${reason}`, before.length);
}
