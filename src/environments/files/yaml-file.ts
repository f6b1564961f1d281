import { invalid } from './invalid.ts';
import { decode, type NamedFile } from './named-files.ts';

/** As Python's tools read and write YAML: `on` is no text there. */
const VERSION = { version: '1.1' } as const;

/**
 * The value of a YAML file; null where it says nothing.
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
    // Few aliases: a small file can otherwise grow to gigabytes.
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
