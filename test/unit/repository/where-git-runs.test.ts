import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';

const SRC = path.resolve('src');
const FILES = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
const filesWith = (pattern: RegExp) =>
  FILES.filter((name) => pattern.test(readFileSync(path.join(SRC, name), 'utf8')))
    .map((name) => name.split(path.sep).join('/'))
    .toSorted();

test('git runs in one place, which gives it an environment that executes nothing', () => {
  expect(filesWith(/\b(execa|\$|spawn|exec|execFile|fork)(Sync)?\(\s*['"`]git\b/)).toEqual(['repository/git.ts']);
  expect(filesWith(/\bcommand: ['"`]git\b|\[\s*['"`]git['"`],(?! 'hg')/)).toEqual([]);
});

test('no other code for repositories starts a program', () => {
  const starting = filesWith(/['"](execa|(node:)?child_process)['"]/).filter((name) => name.startsWith('repository/'));
  expect(starting).toEqual(['repository/git.ts']);
});

test('git runs for a clone that is being made, and for no folder that exists', () => {
  expect(filesWith(/\brunGit\b/)).toEqual(['repository/clone.ts', 'repository/git.ts', 'repository/lfs.ts']);
});

test('a hint that names git in a folder says what a session can do to it', () => {
  for (const name of filesWith(/git -C \$\{/)) {
    expect(readFileSync(path.join(SRC, name), 'utf8')).toContain('a session can change .git');
  }
});
