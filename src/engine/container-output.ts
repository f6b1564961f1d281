import { type Readable, Transform } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';

const HEADER_BYTES = 8;

/**
 * Both streams of a container as one stream of UTF-8 text. Without a terminal the engine sends frames, each with a header
 * that names its stream and length (https://docs.docker.com/reference/api/engine/version/v1.41/#tag/Container/operation/ContainerAttach);
 * a character may be split over two frames of the same stream. What has no such header comes from a terminal and passes unchanged.
 */
export function toText(source: Readable): Readable {
  const decoders = [new StringDecoder('utf8'), new StringDecoder('utf8'), new StringDecoder('utf8')];
  let rest: Buffer = Buffer.alloc(0);
  let framed: boolean | undefined;

  const text = new Transform({
    encoding: 'utf8',
    transform(chunk: Buffer, _encoding, done) {
      rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      framed ??= looksFramed(rest);
      if (framed === false) {
        const decoded = decoders[0]?.write(rest) ?? '';
        rest = Buffer.alloc(0);
        return done(null, decoded || null);
      }
      if (framed) while (takeFrame());
      done();
    },
    flush(done) {
      if (framed === undefined) push(decoders[0]?.write(rest) ?? '');
      for (const decoder of decoders) push(decoder.end());
      done();
    },
  });

  function push(decoded: string): void {
    if (decoded) text.push(decoded);
  }

  function takeFrame(): boolean {
    if (rest.length < HEADER_BYTES) return false;
    const end = HEADER_BYTES + rest.readUInt32BE(4);
    if (rest.length < end) return false;
    push(decoders[rest[0] ?? 0]?.write(rest.subarray(HEADER_BYTES, end)) ?? '');
    rest = rest.subarray(end);
    return true;
  }

  source.once('error', (error) => text.destroy(error));
  // A reader that gives up closes the engine's connection as well.
  text.once('close', () => source.destroy());
  return source.pipe(text);
}

/** Undefined while there is too little to say. */
function looksFramed(bytes: Buffer): boolean | undefined {
  const header = [(byte: number) => byte <= 2, isZero, isZero, isZero];
  const fits = header.map((matches, index) => bytes[index] === undefined || matches(bytes[index]));
  if (fits.includes(false)) return false;
  return bytes.length < header.length ? undefined : true;
}

function isZero(byte: number): boolean {
  return byte === 0;
}
