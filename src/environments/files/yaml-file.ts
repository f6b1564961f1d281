import { invalid } from './invalid.ts';
import { decode, type NamedFile } from './named-files.ts';

/** Like Python's tools, reads `on` as a boolean. */
const VERSION = { version: '1.1' } as const;

/**
 * The value of a YAML file; null if it is empty.
 * @throws `environment-invalid` with line and column
 */
export async function readYamlFile({ path, content }: NamedFile): Promise<unknown> {
  const { parseDocument } = await import('yaml');
  const document = parseDocument(decode(content), { ...VERSION, prettyErrors: true });
  const [error] = document.errors;
  if (error) {
    const { line, col } = error.linePos?.[0] ?? { line: 1, col: 1 };
    const reason = error.message.split('\n')[0]?.replace(/ at line \d+, column \d+:?$/, '');
    throw invalid(path, `column ${col}: ${reason}`, line);
  }
  try {
    // Limits aliases, with which a small file could grow to gigabytes.
    return document.toJS({ maxAliasCount: 20 });
  } catch (cause) {
    throw invalid(path, (cause as Error).message);
  }
}

/** A value as a YAML file. */
export async function writeYaml(value: unknown): Promise<Buffer> {
  const { stringify } = await import('yaml');
  return Buffer.from(stringify(value, { ...VERSION, aliasDuplicateObjects: false, lineWidth: 0 }));
}
