import { invalid } from './invalid.ts';
import { decode, type NamedFile } from './named-files.ts';
import { parsed } from './parsed.ts';

/**
 * The content of a TOML file.
 * @throws `environment-invalid` with line and column
 */
export async function readTomlFile({ path, content }: NamedFile): Promise<Record<string, unknown>> {
  const { parse, TomlError } = await import('smol-toml');
  try {
    return parsed(path, () => parse(decode(content)));
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const reason = error.message.split('\n')[0]?.replace(/^Invalid TOML document: /, '');
    throw invalid(path, `column ${error.column}: ${reason}`, error.line);
  }
}

/** The value if it is a table, otherwise an empty table. */
export function tableOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}

/**
 * A list of strings; empty if the value is missing.
 * @throws `environment-invalid` if the value is anything else
 */
export function stringsOf({ path }: NamedFile, value: unknown, key: string): string[] {
  if (value === undefined) return [];
  if (Array.isArray(value) && value.every((each) => typeof each === 'string')) return value;
  throw invalid(path, `${key}: expected a list of strings`);
}
