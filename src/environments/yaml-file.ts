import { invalid } from './invalid.ts';
import { decode, type NamedFile } from './named-files.ts';

/**
 * The value of a YAML file.
 * @throws `environment-invalid` with line and column
 */
export async function readYamlFile({ path, content }: NamedFile): Promise<unknown> {
  const { parseDocument } = await import('yaml');
  const document = parseDocument(decode(content), { prettyErrors: true });
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
