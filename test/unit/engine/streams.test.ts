import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { toText } from '../../../src/engine/container-output.ts';
import { readJsonLines } from '../../../src/engine/json-lines.ts';

/** Bytes in pieces of the given sizes, over and over: any network may cut like that. */
function inPieces(bytes: Buffer, sizes: number[]): Readable {
  const pieces: Buffer[] = [];
  for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
    const size = sizes[turn % sizes.length] ?? 1;
    pieces.push(bytes.subarray(at, at + size));
    at += size;
  }
  return Readable.from(pieces, { objectMode: false });
}

function frame(stream: 1 | 2, payload: Buffer): Buffer {
  const header = Buffer.from([stream, 0, 0, 0, 0, 0, 0, 0]);
  header.writeUInt32BE(payload.length, 4);
  return Buffer.concat([header, payload]);
}

async function collect(lines: AsyncIterable<unknown>): Promise<unknown[]> {
  const values: unknown[] = [];
  for await (const value of lines) values.push(value);
  return values;
}

const sizes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 });

describe('readJsonLines', () => {
  test('gives the values however the bytes are cut', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.record({ text: fc.string({ unit: 'grapheme' }) })), sizes, async (values, cuts) => {
        const bytes = Buffer.from(values.map((value) => `${JSON.stringify(value)}\r\n`).join('\n'));
        expect(await collect(readJsonLines(inPieces(bytes, cuts)))).toEqual(values);
      }),
    );
  });

  test('gives a last line without an end', async () => {
    expect(await collect(readJsonLines(inPieces(Buffer.from('1\n2'), [9])))).toEqual([1, 2]);
  });

  test('fails at a line that is not JSON', async () => {
    await expect(collect(readJsonLines(inPieces(Buffer.from('{"a":1}\n<html>\n'), [9])))).rejects.toThrow(SyntaxError);
  });
});

describe('toText', () => {
  test('gives the text of both streams however the bytes are cut', async () => {
    const words = fc.array(fc.tuple(fc.constantFrom(1 as const, 2 as const), fc.string({ unit: 'grapheme' })));
    await fc.assert(
      fc.asyncProperty(words, sizes, async (frames, cuts) => {
        const bytes = Buffer.concat(frames.map(([stream, word]) => frame(stream, Buffer.from(word))));
        expect(await text(toText(inPieces(bytes, cuts)))).toBe(frames.map(([, word]) => word).join(''));
      }),
    );
  });

  test('joins a character that is split over two frames, with the other stream in between', async () => {
    const [first, second] = [Buffer.from('é').subarray(0, 1), Buffer.from('é').subarray(1)];
    const bytes = Buffer.concat([frame(1, first), frame(2, Buffer.from('x')), frame(1, second)]);
    expect(await text(toText(inPieces(bytes, [3])))).toBe('xé');
  });

  test('passes a terminal’s output unchanged', async () => {
    expect(await text(toText(inPieces(Buffer.from('héllo\r\n'), [2])))).toBe('héllo\r\n');
    expect(await text(toText(inPieces(Buffer.from('ok'), [2])))).toBe('ok');
  });

  test('fails as its source fails', async () => {
    const source = new Readable({ read() {} });
    const output = text(toText(source));
    source.destroy(new Error('cut'));
    await expect(output).rejects.toThrow('cut');
  });
});
