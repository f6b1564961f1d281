import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SafeText, safeText } from '../../../src/protocol/terminal-text.ts';
import { cpuMs } from '../../environment/cpu-time.ts';

const FORBIDDEN = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\u2028\u2029\ufeff]/;
const COLOUR = /\x1b\[[0-9;:]*m/g;

/** Text in which sequences are as common as they are rare in any other. */
const hostile = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'binary', maxLength: 8 }),
      fc.constantFrom('\x1b', '\x9b', '\x9d', ']', '[', '0;', '31m', 'm', '\x07', '\x1b\\', '\x9c', '\r', '\n', 'P'),
      fc.constantFrom('\x1b]0;title\x07', '\x1b[2J', '\x1b[31m', '\u202e', '\u2066', '\x1bc', '\x1b(0', 'words', '😀'),
    ),
  )
  .map((parts) => parts.join(''));

describe('safeText', () => {
  test.each([
    ['a title', 'a\x1b]0;owned\x07b', 'ab'],
    ['a title that ends with ST', 'a\x1b]0;owned\x1b\\b', 'ab'],
    ['the clipboard', '\x1b]52;c;ZXZpbA==\x07x', 'x'],
    ['a link', '\x1b]8;;http://evil.example\x1b\\here\x1b]8;;\x1b\\', 'here'],
    ['a device control string', '\x1bP+q544e\x1b\\x', 'x'],
    ['C1 controls', 'a\x9d0;t\x9cb\x9b2Jc\x85d', 'abc\ufffdd'],
    ['movements', 'a\x1b[2J\x1b[1;1Hb\x1b[Kc', 'abc'],
    ['a reset of the terminal', 'a\x1bcb\x1b(0d', 'abd'],
    ['a bell and a backspace', 'a\x07b\bc', 'a\ufffdb\ufffdc'],
    ['reordered text', 'a\u202egnp.exe', 'a\ufffdgnp.exe'],
    ['invisible text', 'a\u200b\ufeff\u2060b', 'a\ufffd\ufffd\ufffdb'],
    ['a line that would be overwritten', 'rm -rf /\rls', 'rm -rf /\nls'],
    ['line breaks and tabs', 'a\r\nb\tc\n', 'a\nb\tc\n'],
    ['joiners', '👩‍🔬 می‌خواهم', '👩‍🔬 می‌خواهم'],
    ['the beginning of a title that has no end', 'a\x1b]0;all the\nrest stays', 'a\ufffd]0;all the\nrest stays'],
    ['colours', '\x1b[31mred\x1b[0m', 'red'],
  ])('of %s, shows only what is harmless', (_, text, shown) => expect(safeText(text)).toBe(shown));

  test('keeps colours, and nothing that looks like them, where they are wanted', () => {
    expect(safeText('\x1b[1;38:5:4mx\x9b0m\x1b[?25lm\x1b[2J', { colours: true })).toBe('\x1b[1;38:5:4mx\x1b[0mm');
  });

  test('whatever comes in, nothing that controls a terminal comes out', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        expect(safeText(text)).not.toMatch(FORBIDDEN);
        expect(safeText(text, { colours: true }).replace(COLOUR, '')).not.toMatch(FORBIDDEN);
      }),
      { numRuns: 1000 },
    );
  });

  test('takes a time that grows with the text alone', () => {
    const nasty = ['\x1b]', '\x1b[;', '\x1b]0;', '\x9d', '\x1b', ';', '\x1b[', '\r', '\x1bP;'];
    const begin = cpuMs();
    for (const each of nasty) {
      const text = each.repeat(100_000 / each.length);
      safeText(text);
      const stream = new SafeText();
      for (let at = 0; at < text.length; at += 5000) stream.write(text.slice(at, at + 5000));
    }
    expect(cpuMs() - begin).toBeLessThan(10_000);
  });
});

describe('SafeText', () => {
  test('shows the same however the text was cut', () => {
    fc.assert(
      fc.property(hostile, fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 4 }), (text, sizes) => {
        const stream = new SafeText({ colours: false });
        let shown = '';
        for (let at = 0, turn = 0; at < text.length; turn += 1) {
          const size = sizes[turn % sizes.length] ?? 1;
          shown += stream.write(text.slice(at, at + size));
          at += size;
        }
        expect(shown + stream.end()).toBe(safeText(text));
      }),
      { numRuns: 1000 },
    );
  });

  test('shows a sequence that never ends as soon as it is too long for one', () => {
    const stream = new SafeText();
    expect(stream.write('\x1b]0;')).toBe('');
    expect(stream.write('x'.repeat(3000))).toContain('x'.repeat(3000));
  });

  test('ends a colour at the end', () => {
    const stream = new SafeText({ colours: true });
    expect(stream.write('\x1b[31mred') + stream.end()).toBe('\x1b[31mred\x1b[0m');
  });
});
