import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';

/**
 * The JSON values of a stream that has one a line; blank lines are skipped. Characters and lines may be split anywhere.
 *
 * @throws `SyntaxError` at a line that is no JSON, and the stream's own error where it is cut
 */
export async function* readJsonLines(stream: Readable): AsyncGenerator<unknown> {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  for await (const chunk of stream) {
    const lines = (rest + decoder.write(chunk as Buffer)).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line.trim()) yield JSON.parse(line);
  }
  rest += decoder.end();
  if (rest.trim()) yield JSON.parse(rest);
}
