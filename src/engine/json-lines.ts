import type { Readable } from 'node:stream';
import { tooLong } from '../protocol/bounded-read.ts';
import { readLines } from '../protocol/lines.ts';

/** A line carries what a registry, a build or the labels of an image say. */
const LONGEST = 4 * 2 ** 20;

/**
 * The JSON values of a stream with one value per line. Skips blank lines. Chunks may split characters and lines anywhere.
 *
 * @throws `SyntaxError` at a line that is not JSON, `answer-too-long` at one of 4 MiB, and the stream's own error if it
 *   breaks
 */
export async function* readJsonLines(stream: Readable): AsyncGenerator<unknown> {
  const fail = () => tooLong({ what: "A line of the engine's answer", bytes: LONGEST });
  for await (const line of readLines(stream, { longest: LONGEST, fail })) if (line.trim()) yield JSON.parse(line);
}
