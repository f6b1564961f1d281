import { type Readable, Transform } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import { tooLong } from '../protocol/bounded-read.ts';
import type { OutputChunk } from './engine.ts';

const HEADER_BYTES = 8;
/** Engines send at most 1 MiB in a frame. A longer one is no frame, but output that looks like one. */
const MOST_FRAME_BYTES = 16 * 2 ** 20;

const STDERR = 2;

/**
 * Both streams of a container as one stream of UTF-8 text. A character may span two chunks of the same stream. Output without
 * frames comes from a terminal and passes through unchanged.
 */
export function toText(source: Readable): Readable {
  const decoders = { stdout: new StringDecoder('utf8'), stderr: new StringDecoder('utf8') };
  const decoder = new FrameDecoder();
  const text = new Transform({
    encoding: 'utf8',
    transform(chunk: Buffer, _encoding, done) {
      takeAll(decoder, chunk, done, (each) => push(decoders[each.source].write(each.bytes)));
    },
    flush(done) {
      for (const each of decoder.end()) push(decoders[each.source].write(each.bytes));
      for (const each of Object.values(decoders)) push(each.end());
      done();
    },
  });

  function push(decoded: string): void {
    if (decoded) text.push(decoded);
  }

  source.once('error', (error) => text.destroy(error));
  // When the reader stops, the engine's connection must close too.
  text.once('close', () => source.destroy());
  return source.pipe(text);
}

/** Splits a stream of output into an object stream of {@link OutputChunk}. `framed` is false for a terminal. */
export function toChunks({ framed }: { framed: boolean }): Transform {
  const decoder = new FrameDecoder(framed);
  return new Transform({
    readableObjectMode: true,
    transform(chunk: Buffer, _encoding, done) {
      takeAll(decoder, chunk, done, (each) => this.push(each));
    },
  });
}

/** An error must reach the stream: a transform that throws ends the process. */
function takeAll(
  decoder: FrameDecoder,
  bytes: Buffer,
  done: (error?: Error) => void,
  take: (chunk: OutputChunk) => void,
): void {
  try {
    for (const each of decoder.take(bytes)) take(each);
    done();
  } catch (error) {
    done(error as Error);
  }
}

/**
 * Decodes the frames in which the engine sends output without a terminal: a header with stream and length, then
 * the bytes (https://docs.docker.com/reference/api/engine/version/v1.41/#tag/Container/operation/ContainerAttach).
 */
class FrameDecoder {
  #rest: Buffer = Buffer.alloc(0);
  #framed: boolean | undefined;

  /** Without `framed`, the first bytes tell whether there are frames. */
  constructor(framed?: boolean) {
    this.#framed = framed;
  }

  /** The chunks that these bytes complete. */
  take(bytes: Buffer): OutputChunk[] {
    this.#rest = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    this.#framed ??= looksFramed(this.#rest);
    if (this.#framed === undefined) return [];
    if (!this.#framed) return this.end();
    const chunks: OutputChunk[] = [];
    for (let chunk = this.#takeFrame(); chunk; chunk = this.#takeFrame()) chunks.push(chunk);
    return chunks;
  }

  /** The rest, if there are no frames. An incomplete frame is dropped. */
  end(): OutputChunk[] {
    const bytes = this.#rest;
    this.#rest = Buffer.alloc(0);
    return this.#framed || bytes.length === 0 ? [] : [{ source: 'stdout', bytes }];
  }

  #takeFrame(): OutputChunk | undefined {
    if (this.#rest.length < HEADER_BYTES) return undefined;
    const length = this.#rest.readUInt32BE(4);
    if (length > MOST_FRAME_BYTES) throw tooLong({ what: 'A piece of output', bytes: MOST_FRAME_BYTES });
    const end = HEADER_BYTES + length;
    if (this.#rest.length < end) return undefined;
    const source = this.#rest[0] === STDERR ? 'stderr' : 'stdout';
    const bytes = this.#rest.subarray(HEADER_BYTES, end);
    this.#rest = this.#rest.subarray(end);
    return { source, bytes };
  }
}

/** Undefined until there are enough bytes to decide. */
function looksFramed(bytes: Buffer): boolean | undefined {
  const header = [(byte: number) => byte <= 2, isZero, isZero, isZero];
  const fits = header.map((matches, index) => bytes[index] === undefined || matches(bytes[index]));
  if (fits.includes(false)) return false;
  return bytes.length < header.length ? undefined : true;
}

function isZero(byte: number): boolean {
  return byte === 0;
}
