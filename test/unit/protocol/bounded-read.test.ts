import { Readable } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readBounded, readBoundedJson, readEnd } from '../../../src/protocol/bounded-read.ts';
import { readLines } from '../../../src/protocol/lines.ts';

const limits = { what: 'The answer', bytes: 1000, ms: 10_000 };

/** A source that ends only when its reader ends it. */
function endless(chunk: string): Readable & { given: number } {
  const source = Object.assign(new Readable({ read }), { given: 0 });
  function read(this: Readable): void {
    source.given += chunk.length;
    setImmediate(() => this.destroyed || this.push(chunk));
  }
  return source;
}

const pieces = fc.array(fc.uint8Array({ maxLength: 50 }), { maxLength: 40 });

describe('readBounded', () => {
  test('gives an answer as it came, however it was cut, or says that it is too long', async () => {
    await fc.assert(
      fc.asyncProperty(pieces, fc.integer({ min: 1, max: 900 }), async (chunks, bytes) => {
        const whole = Buffer.concat(chunks);
        const read = readBounded(Readable.from(chunks, { objectMode: false }), { ...limits, bytes });
        if (whole.length <= bytes) expect((await read).equals(whole)).toBe(true);
        else await expect(read).rejects.toMatchObject({ code: 'answer-too-long' });
      }),
    );
  });

  test('ends a source that goes on beyond the limit', async () => {
    const source = endless('x'.repeat(64));
    await expect(readBounded(source, limits)).rejects.toMatchObject({
      code: 'answer-too-long',
      message: 'The answer is longer than 1 KiB.',
    });
    expect(source.destroyed).toBe(true);
    expect(source.given).toBeLessThan(100_000);
  });

  test('ends a source that sends a byte now and then, when its time is over', async () => {
    const source = new Readable({ read() {} });
    const drip = setInterval(() => source.destroyed || source.push('x'), 5);
    await expect(readBounded(source, { ...limits, ms: 100 })).rejects.toMatchObject({
      code: 'answer-too-long',
      message: 'The answer did not end within 0.1 s.',
    });
    clearInterval(drip);
    expect(source.destroyed).toBe(true);
  });

  test('ends with its caller, before the first byte and after it', async () => {
    await expect(readBounded(endless('x'), { ...limits, signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'cancelled',
    });
    const caller = new AbortController();
    const source = new Readable({ read() {} });
    const read = readBounded(source, { ...limits, signal: caller.signal });
    source.push('x');
    caller.abort();
    await expect(read).rejects.toMatchObject({ code: 'cancelled' });
    expect(source.destroyed).toBe(true);
  });

  test('fails as its source fails', async () => {
    const source = new Readable({ read() {} });
    const read = readBounded(source, limits);
    source.destroy(new Error('cut'));
    await expect(read).rejects.toThrow('cut');
  });

  test('reads JSON, and nothing as undefined', async () => {
    expect(await readBoundedJson(Readable.from(['{"a":', '1}'], { objectMode: false }), limits)).toEqual({ a: 1 });
    expect(await readBoundedJson(Readable.from([], { objectMode: false }), limits)).toBeUndefined();
  });
});

describe('readEnd', () => {
  test('keeps the last bytes, however the answer was cut', async () => {
    await fc.assert(
      fc.asyncProperty(pieces, fc.integer({ min: 1, max: 60 }), async (chunks, keep) => {
        const source = Readable.from(chunks, { objectMode: false });
        const { end, cut } = await readEnd(source, { ...limits, bytes: 10_000, keep });
        expect(cut).toBeUndefined();
        expect(end.equals(Buffer.concat(chunks).subarray(-keep))).toBe(true);
      }),
    );
  });

  test('gives what there is when the limit is reached, and says so', async () => {
    const { end, cut } = await readEnd(endless('ab'), { ...limits, keep: 3 });
    expect(end.toString()).toBe('bab');
    expect(cut?.code).toBe('answer-too-long');
  });
});

describe('readLines', () => {
  async function linesOf(chunks: string[], longest?: number): Promise<string[]> {
    const lines: string[] = [];
    for await (const line of readLines(Readable.from(chunks), { longest })) lines.push(line);
    return lines;
  }

  test('gives each line, cut at the longest, however the text was cut', async () => {
    const words = fc.array(fc.string({ maxLength: 12 }));
    await fc.assert(
      fc.asyncProperty(words, fc.integer({ min: 1, max: 20 }), async (chunks, longest) => {
        const lines = chunks.join('').split('\n');
        if (lines.at(-1) === '') lines.pop();
        expect(await linesOf(chunks)).toEqual(lines);
        expect(await linesOf(chunks, longest)).toEqual(lines.map((line) => line.slice(0, longest)));
      }),
    );
  });

  test('a line without an end takes no more memory than its limit', async () => {
    async function* forever(): AsyncGenerator<string> {
      for (let i = 0; i < 10_000; i += 1) yield 'x'.repeat(10_000);
      yield '\nend';
    }
    const lines: string[] = [];
    for await (const line of readLines(forever(), { longest: 100 })) lines.push(line);
    expect(lines).toEqual(['x'.repeat(100), 'end']);
  });
});
