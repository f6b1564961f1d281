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
  let chunks: Buffer[] = [];
  let length = 0;
  let needed = HEAD_BYTES;
  for await (const chunk of stream) {
    chunks.push(chunk as Buffer);
    length += (chunk as Buffer).length;
    // Joined when a frame can be whole: joining at each chunk takes time that grows with the square of a frame's size.
    if (length < needed) continue;
    let rest = Buffer.concat(chunks);
    for (let end = endOfFrame(rest); end <= rest.length; end = endOfFrame(rest)) {
      yield readFrame(rest.subarray(0, end));
      rest = rest.subarray(end);
    }
    needed = rest.length < HEAD_BYTES ? HEAD_BYTES : endOfFrame(rest);
    chunks = [rest];
    length = rest.length;
  }
}

/** Where the frame ends that begins with these bytes; infinite while its head is not whole. */
function endOfFrame(bytes: Buffer): number {
  return bytes.length < HEAD_BYTES ? Number.POSITIVE_INFINITY : HEAD_BYTES + bytes.readUInt32BE(1);
}

function readFrame<Result>(bytes: Buffer): Frame<Result> {
  const body = bytes.subarray(HEAD_BYTES);
  if (bytes[0] === EVENT) return { event: JSON.parse(body.toString('utf8')) };
  return { data: body, ...(bytes[0] === STDERR_DATA && { stderr: true }) };
}
