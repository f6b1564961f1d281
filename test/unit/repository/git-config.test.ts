import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { type GitConfig, parseGitConfig } from '../../../src/repository/git-config.ts';
import { cpuMs } from '../../environment/cpu-time.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'ezj-config-'));
afterAll(() => rmSync(folder, { recursive: true }));

const parse = (text: string) => parseGitConfig(Buffer.from(text));

test.each([
  ['[remote "origin"]\n\turl = https://example.org/demo\n', 'https://example.org/demo'],
  ['[remote "origin"] url = a b  c  \n', 'a b  c'],
  ['[ReMote "origin"]\nURL=a', 'a'],
  ['[remote.ORIGIN]\nurl = a', 'a'],
  ['[remote "or\\igin"]\nurl = a', 'a'],
  ['\ufeff[remote "origin"]\r\nurl = a\r\n', 'a'],
  ['[remote "origin"]\nurl = "a # b" ; c\n', 'a # b'],
  ['[remote "origin"]\nurl = a"  b\\n\\""c # d', 'a  b\n"c'],
  ['[remote "origin"]\nurl = a\\\n  b\n', 'a  b'],
  ['[remote "origin"]\nurl = a\nurl = b\n[core]\nx = y\n[remote "origin"]\nurl = c\n', 'c'],
  ['# comment [\n; another\n[remote "origin"] # third\n url = a', 'a'],
  ['[remote "origin"]\nurl', 'true'],
  ['[remote "origin"]\nurl =\n', ''],
  ['[remote "origin"]\nurl = a\\', 'a'],
  ['[remote "Origin"]\nurl = a', undefined],
  ['[include]\npath = other\n[url "https://evil.example/"]\ninsteadOf = a\n', undefined],
])('%j has the address that git reads', (text, expected) => {
  expect(parse(text)?.get('remote.origin.url')).toBe(expected);
});

test.each([
  'url = a',
  '[remote "origin',
  '[remote "origin\n"]',
  '[remote origin]',
  '[remote "origin"]\nurl a',
  '[remote "origin"]\nurl = "a\n',
  '[remote "origin"]\nurl = a\\q',
  '[remote "origin"]\n1 = a',
])('%j is not a configuration', (text) => {
  expect(parse(text)).toBeUndefined();
});

const name = fc.stringMatching(/^[a-zA-Z][a-zA-Z\d-]{0,5}$/);
const blank = fc.constantFrom('', ' ', '\t', '  ');
const word = fc.string({
  unit: fc.constantFrom('a', 'B', ' ', '"', '\\', '\\n', '\\"', '\\\n', '#', ';', '=', '[', 'é', '\t'),
});
const line = fc.oneof(
  fc.tuple(name, blank, word, blank).map(([key, before, value, after]) => `${key}${before}=${before}${value}${after}`),
  fc.tuple(name, word).map(([section, sub]) => `[${section} "${sub}"]`),
  name.map((section) => `[${section}.Sub]`),
  fc.tuple(blank, word).map(([before, text]) => `${before}#${text}`),
  word,
);

test('any text is read as git reads it', () => {
  const lines = fc.array(fc.oneof({ arbitrary: line, weight: 3 }, { arbitrary: name, weight: 1 }), { maxLength: 6 });
  fc.assert(
    fc.property(lines, (generated) => {
      const text = `[a]\n${generated.join('\n')}`;
      expect(shape(parse(text))).toEqual(readWithGit(text));
    }),
    { numRuns: 60 },
  );
});

test('any bytes are read in linear time', () => {
  const start = cpuMs();
  fc.assert(fc.property(fc.uint8Array({ maxLength: 2000 }), (bytes) => void parseGitConfig(Buffer.from(bytes))));
  for (const piece of ['#\n', '[a "', '\\\n', '"', ' ', '[a]\nb=c\n', 'a', '\\"', '[', ';', '\r', '\n']) {
    for (const start of ['', '[a "b', '[a]\nb = ', '[a]\nb = "']) {
      parse(start + piece.repeat(200_000 / piece.length));
    }
  }
  expect(cpuMs() - start).toBeLessThan(10_000);
});

/** git's own answer; undefined where it refuses. Blanks within a value count as one blank in old versions of git. */
function readWithGit(text: string): Record<string, string> | undefined {
  const file = path.join(folder, 'config');
  writeFileSync(file, text);
  try {
    const env = { ...process.env, GIT_DIR: os.devNull };
    const listed = execFileSync('git', ['config', '--file', file, '--list', '--null'], {
      ...{ env, cwd: '/', stdio: ['ignore', 'pipe', 'ignore'] },
    }).toString();
    const entries = listed.split('\0').filter(Boolean);
    return Object.fromEntries(
      entries.map((entry) => {
        const end = entry.indexOf('\n');
        return end === -1 ? [entry, 'true'] : [entry.slice(0, end), collapse(entry.slice(end + 1))];
      }),
    );
  } catch {
    return undefined;
  }
}

function shape(config: GitConfig | undefined): Record<string, string> | undefined {
  return config && Object.fromEntries([...config].map(([key, value]) => [key, collapse(value)]));
}

function collapse(text: string): string {
  return text.replaceAll('\t', ' ');
}
