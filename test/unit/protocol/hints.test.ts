import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';

const SRC = path.join(__dirname, '..', '..', '..', 'src');

test('no message names a page that the npm package does not have', () => {
  const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
  const named = files.flatMap((name) =>
    readFileSync(path.join(SRC, name), 'utf8')
      .split('\n')
      .filter((line) => /\bdocs\/[\w-]+\.md/.test(line) && !/^\s*(\/?\*|\/\/)/.test(line))
      .map((line) => `${name}: ${line.trim()}`),
  );
  expect(named).toEqual([]);
});
