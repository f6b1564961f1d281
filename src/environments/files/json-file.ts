import { invalid } from './invalid.ts';
import { decode, type NamedFile } from './named-files.ts';
import { parsed } from './parsed.ts';

/**
 * The value of a JSON file.
 * @throws `environment-invalid` with line and column
 */
export function readJsonFile({ path, content }: NamedFile): unknown {
  return parsed(path, () => parseJson(path, decode(content)));
}

function parseJson(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const { message } = error as Error;
    const position = Number(/at position (\d+)/.exec(message)?.[1] ?? text.length);
    const before = text.slice(0, position).split('\n');
    const column = (before.at(-1)?.length ?? 0) + 1;
    const reason = message.replace(/ (?:in JSON )?at position.*$/s, '').replace(/, .*is not valid JSON$/s, '');
    throw invalid(path, `column ${column}: ${reason}`, before.length);
  }
}
