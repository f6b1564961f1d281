import type { Readable } from 'node:stream';
import type { StreamEvent } from './events.ts';

/** A piece of an answer that mixes bytes and events. */
export type Frame<Result> = { event: StreamEvent<Result> } | DataFrame;

/** Bytes of an archive, or of a command's stdout or, with `stderr`, of its stderr. */
export interface DataFrame {
  data: Buffer;
  stderr?: boolean;
}

/** One byte for the type, four for the length, big-endian. */
const HEAD_BYTES = 5;
const EVENT = 1;
const DATA = 2;
const STDERR_DATA = 3;

/** A frame as it goes over the wire. */
export function encodeFrame<Result>(frame: Frame<Result>): Buffer {
  const [type, body] =
    'data' in frame
      ? [frame.stderr ? STDERR_DATA : DATA, frame.data]
      : [EVENT, Buffer.from(JSON.stringify(frame.event))];
  const head = Buffer.alloc(HEAD_BYTES);
  head.writeUInt8(type, 0);
  head.writeUInt32BE(body.length, 1);
  return Buffer.concat([head, body]);
}

/** The frames of a stream. Chunks may split frames anywhere. Drops an incomplete frame at the end. */
export async function* decodeFrames<Result>(stream: Readable): AsyncGenerator<Frame<Result>> {
  let rest = Buffer.alloc(0);
  for await (const chunk of stream) {
    rest = Buffer.concat([rest, chunk as Buffer]);
    for (;;) {
      const length = rest.length < HEAD_BYTES ? Number.POSITIVE_INFINITY : rest.readUInt32BE(1);
      if (rest.length < HEAD_BYTES + length) break;
      const body = rest.subarray(HEAD_BYTES, HEAD_BYTES + length);
      if (rest[0] === EVENT) yield { event: JSON.parse(body.toString('utf8')) };
      else yield { data: body, ...(rest[0] === STDERR_DATA && { stderr: true }) };
      rest = rest.subarray(HEAD_BYTES + length);
    }
  }
}
