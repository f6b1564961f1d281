import fc from 'fast-check';
import stringWidth from 'string-width';
import { describe, expect, test, vi } from 'vitest';
import { COMMANDS } from '../../../src/cli/commands/index.ts';
import { rootHelp } from '../../../src/cli/help.ts';
import { nearestWord } from '../../../src/cli/nearest-word.ts';
import { describeStop } from '../../../src/cli/stop-report.ts';
import { countOf, formatBytes, formatSpan, shortenHome } from '../../../src/cli/terminal/format.ts';
import { createOutput, toJson, wantsColour } from '../../../src/cli/terminal/output.ts';
import { formatTable } from '../../../src/cli/terminal/table.ts';
import { ERROR_CODES, EzjError } from '../../../src/protocol/errors.ts';
import { safeText } from '../../../src/protocol/terminal-text.ts';

describe('text for people', () => {
  test('sizes have three figures in powers of 1000', () => {
    expect([0, 999, 1000, 1_350_000_000, 999_999, 81_200_000].map(formatBytes)).toEqual([
      '0 B',
      '999 B',
      '1 kB',
      '1.35 GB',
      '1 MB',
      '81.2 MB',
    ]);
  });

  test('time spans are in their largest unit', () => {
    expect([-5, 59_999, 60_000, 3_600_000, 172_799_000, 172_800_000].map(formatSpan)).toEqual([
      '0 s',
      '59 s',
      '1 min',
      '1 h',
      '47 h',
      '2 d',
    ]);
  });

  test('the home folder is ~, its neighbour is not', () => {
    expect(['/home/a', '/home/a/b', '/home/ab'].map((folder) => shortenHome(folder, '/home/a'))).toEqual([
      '~',
      '~/b',
      '/home/ab',
    ]);
  });

  test('one has no plural', () => expect([countOf(1, 'file'), countOf(2, 'file')]).toEqual(['1 file', '2 files']));

  test('a word is recognised with two letters wrong, not with another meaning', () => {
    const words = COMMANDS.map(({ name }) => name);
    expect(['lsit', 'sotp', 'opne', 'imagse'].map((word) => nearestWord(word, words))).toEqual([
      'list',
      'stop',
      'open',
      'images',
    ]);
    expect(['notebooks', 'data', 'x', ''].map((word) => nearestWord(word, words))).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });

  test('columns line up whatever the letters', async () => {
    const rows = [
      ['NAME', 'X'],
      ['数据', 'a'],
      ['é👩‍🔬', 'b'],
      ['plain', 'c'],
    ];
    const starts = (await formatTable(rows)).map((line) => stringWidth(line.slice(0, -1)));
    expect(new Set(starts).size).toBe(1);
  });

  test('nothing that moves the cursor is printed from elsewhere', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => !/[\x00-\x08\x0b-\x1f\x7f-\x9f]/.test(safeText(text))),
    );
    expect(safeText('a\x1b[31mb\x07')).not.toContain('\x1b');
  });

  test('what is printed beside a result moves no cursor either', () => {
    const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    const output = createOutput({ json: false });
    output.note('a\x1b]0;title\x07b');
    output.hint('c\x1b[2Jd');
    const printed = write.mock.calls.join('');
    write.mockRestore();
    expect(printed.replaceAll(/\x1b\[\d+m/g, '')).toMatch(/^a.*b\nc.*d\n$/);
    expect(printed).not.toMatch(/\x07|\x1b\]|\[2J/);
  });

  test('what a session prints moves no cursor, however it comes, and a result neither', () => {
    const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
    const output = createOutput({ json: false });
    const safe = output.safe();
    for (const chunk of ['a\x1b]0;ti', 'tle\x07b\u009b', '2J', 'c\u202e\n']) safe.write(chunk);
    safe.end();
    output.result(undefined, 'd\x1b]52;c;eA==\x07e');
    const printed = write.mock.calls.join('');
    write.mockRestore();
    expect(printed).toBe('abc\ufffd\nde\n');
  });

  test('JSON holds all characters, and none that a terminal obeys', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(JSON.parse(toJson({ text }))).toEqual({ text });
        expect(toJson({ text })).not.toMatch(/[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]/);
      }),
    );
    expect(toJson('\u{e0041}\u202e')).toBe('"\\udb40\\udc41\\u202e"');
  });

  test('a file name with a newline stays on its line in the report of a stop', () => {
    expect(describeStop({ session: 'a', outside: ['/opt/x\n\x1b[31mis fine'] }).split('\n')[1]).toBe(
      '  /opt/x\ufffdis fine',
    );
  });

  test('a stop names a few of many files outside', () => {
    const outside = Array.from({ length: 8 }, (_, i) => `/opt/${i}`);
    expect(describeStop({ session: 'a', outside }).split('\n')).toHaveLength(8);
    expect(describeStop({ session: 'a', outside: [] })).toBe('a is stopped');
  });
});

describe('colours', () => {
  const terminal = { isTTY: true };

  test('are for terminals', () => {
    expect([wantsColour(terminal, {}), wantsColour({}, {}), wantsColour(terminal, { TERM: 'dumb' })]).toEqual([
      true,
      false,
      false,
    ]);
  });

  test('are off with NO_COLOR, on with FORCE_COLOR', () => {
    expect(wantsColour(terminal, { NO_COLOR: '1', FORCE_COLOR: '1' })).toBe(false);
    expect(wantsColour({}, { FORCE_COLOR: '1' })).toBe(true);
    expect(wantsColour(terminal, { FORCE_COLOR: '0' })).toBe(false);
    expect(wantsColour(terminal, { NO_COLOR: '' })).toBe(true);
  });
});

describe('the help of ezj', () => {
  test('fits a screen', () => {
    const lines = rootHelp(COMMANDS).split('\n');
    expect(lines.length).toBeLessThanOrEqual(42);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
  });

  test('has every command that is not hidden', () => {
    const named = [...rootHelp(COMMANDS).matchAll(/^ {2}([a-z_]+)(?:, ([a-z]+))? /gm)].flatMap(([, ...names]) => names);
    for (const { name, hidden } of COMMANDS) expect([name, named.includes(name)]).toEqual([name, !hidden]);
  });

  test('has every exit code', () => {
    const codes = new Set(ERROR_CODES.map((code) => new EzjError({ code, message: '' }).exitCode));
    for (const code of codes) expect(rootHelp(COMMANDS)).toMatch(new RegExp(`\\b${code} [a-z]`));
  });
});
