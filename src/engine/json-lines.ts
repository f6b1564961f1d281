import type { Readable } from 'node:stream';
import { readLines } from '../protocol/lines.ts';

/**
 * The JSON values of a stream with one value per line. Skips blank lines. Chunks may split characters and lines anywhere.
 *
 * @throws `SyntaxError` at a line that is not JSON, and the stream's own error if it breaks
 */
export async function* readJsonLines(stream: Readable): AsyncGenerator<unknown> {
  for await (const line of readLines(stream)) if (line.trim()) yield JSON.parse(line);
}
