import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { decodeFrames, encodeFrame, type Frame } from '../../../src/protocol/frames.ts';

const FRAMES: Frame<string>[] = [
  { event: { type: 'step', text: 'größer' } },
  { data: Buffer.from([0, 1, 2, 255]) },
  { data: Buffer.alloc(70_000, 7) },
  { data: Buffer.alloc(0) },
  { event: { type: 'done', result: 'end' } },
];

test.each([1, 3, 1000, 1_000_000])('frames come as they went, in chunks of %i bytes', async (size) => {
  const wire = Buffer.concat(FRAMES.map((frame) => encodeFrame(frame)));
  const chunks = Array.from({ length: Math.ceil(wire.length / size) }, (_, i) =>
    wire.subarray(i * size, (i + 1) * size),
  );
  const found: Frame<string>[] = [];
  for await (const frame of decodeFrames<string>(Readable.from(chunks))) found.push(frame);
  expect(found).toEqual(FRAMES);
});

test('a frame that is cut off is left out', async () => {
  const wire = encodeFrame({ data: Buffer.alloc(100) });
  const found: Frame<string>[] = [];
  for await (const frame of decodeFrames<string>(Readable.from([wire.subarray(0, 50)]))) found.push(frame);
  expect(found).toEqual([]);
});
