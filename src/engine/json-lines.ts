import type { Readable } from 'node:stream';
import { readLines } from '../protocol/lines.ts';

/**
 * The JSON values of a stream that has one a line; blank lines are skipped. Characters and lines may be split anywhere.
 *
 * @throws `SyntaxError` at a line that is not JSON, and the stream's own error where it is cut
 */
export async function* readJsonLines(stream: Readable): AsyncGenerator<unknown> {
  for await (const line of readLines(stream)) if (line.trim()) yield JSON.parse(line);
}
