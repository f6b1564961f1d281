import type { Document, YAMLError } from 'yaml';
import { isStackOverflow } from '../../parsing/now-parsing.ts';
import type { EzjError } from '../../protocol/errors.ts';
import { invalid } from './invalid.ts';
import { decode, type NamedFile } from './named-files.ts';
import { parsed } from './parsed.ts';

/** Like Python's tools, reads `on` as a boolean. */
const VERSION = { version: '1.1' } as const;

/**
 * The value of a YAML file; null if it is empty.
 * @throws `environment-invalid` with line and column
 */
export async function readYamlFile({ path, content }: NamedFile): Promise<unknown> {
  const { parseDocument } = await import('yaml');
  return parsed(path, () => {
    const document = parseDocument(decode(content), { ...VERSION, prettyErrors: true });
    const [error] = document.errors;
    if (error) throw syntaxError(path, error);
    return plainValue(path, document);
  });
}

function syntaxError(path: string, { message, linePos }: YAMLError): EzjError {
  const { line, col } = linePos?.[0] ?? { line: 1, col: 1 };
  const reason = message.split('\n')[0]?.replace(/ at line \d+, column \d+:?$/, '');
  return invalid(path, `column ${col}: ${reason}`, line);
}

function plainValue(path: string, document: Document): unknown {
  try {
    // Limits aliases, with which a small file could grow to gigabytes.
    return document.toJS({ maxAliasCount: 20 });
  } catch (cause) {
    throw isStackOverflow(cause) ? cause : invalid(path, (cause as Error).message);
  }
}

/** A value as a YAML file. */
export async function writeYaml(value: unknown): Promise<Buffer> {
  const { stringify } = await import('yaml');
  return Buffer.from(stringify(value, { ...VERSION, aliasDuplicateObjects: false, lineWidth: 0 }));
}
