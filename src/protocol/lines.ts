import { StringDecoder } from 'node:string_decoder';

/**
 * The lines of a UTF-8 stream, without line breaks. Chunks may split characters and lines. The last line needs no break.
 * A line longer than `longest` characters is cut there, because a container can print a line without an end; `fail`
 * throws instead.
 */
export async function* readLines(
  stream: AsyncIterable<Uint8Array | string>,
  { longest = Number.POSITIVE_INFINITY, fail }: { longest?: number; fail?: () => Error } = {},
): AsyncGenerator<string> {
  const decoder = new StringDecoder('utf8');
  let line = '';
  const add = (piece: string) => {
    if (fail && line.length + piece.length > longest) throw fail();
    line += piece.slice(0, longest - line.length);
  };
  for await (const chunk of stream) {
    const pieces = (typeof chunk === 'string' ? chunk : decoder.write(Buffer.from(chunk))).split('\n');
    for (const [index, piece] of pieces.entries()) {
      if (index > 0) {
        yield line;
        line = '';
      }
      add(piece);
    }
  }
  add(decoder.end());
  if (line !== '') yield line;
}
