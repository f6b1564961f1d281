import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { openEnvironmentRecords } from '../../../src/environments/records.ts';

const TAG = 'ezj/env-p:00000000000a';
let file: string;
const warnings: string[] = [];

const open = (now = '2026-01-01T00:00:00.000Z') =>
  openEnvironmentRecords(file, { warn: (text) => warnings.push(text), now: () => new Date(now) });

beforeEach(async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'ezj-records-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  file = path.join(folder, 'environments-1.json');
  warnings.length = 0;
});

test('a use is remembered, the last one of each project and kind, for the owner alone', async () => {
  open().used(TAG, { project: '/p', kind: 'python' });
  open('2026-01-02T00:00:00.000Z').used(TAG, { project: '/p', kind: 'python' });
  open('2026-01-03T00:00:00.000Z').used(TAG, { project: '/p', kind: 'r' });
  const uses = [
    { project: '/p', kind: 'python', at: '2026-01-02T00:00:00.000Z' },
    { project: '/p', kind: 'r', at: '2026-01-03T00:00:00.000Z' },
  ];
  expect(open().all()).toEqual({ [TAG]: { uses } });
  expect((await stat(file)).mode & 0o777).toBe(0o600);
});

test('what was imported here is known until it is forgotten', () => {
  open().imported(TAG);
  expect(open().all()).toEqual({ [TAG]: { uses: [], imported: '2026-01-01T00:00:00.000Z' } });
  open().forget([TAG]);
  expect(open().all()).toEqual({});
});

test.each([
  'no json',
  '[]',
  '',
])('a file that holds %j is as if there were none, and the next use is written', async (content) => {
  await writeFile(file, content);
  expect(open().all()).toEqual({});
  open().used(TAG, { project: '/p', kind: 'python' });
  expect(Object.keys(open().all())).toEqual([TAG]);
  expect(warnings).toEqual([]);
});

test('an entry that is none is left out, and the others count', async () => {
  const uses = [{ project: '/p', kind: 'python', at: '2026-01-02T00:00:00.000Z' }];
  await writeFile(file, JSON.stringify({ a: 1, b: { uses: [{}] }, [TAG]: { uses } }));
  expect(open().all()).toEqual({ [TAG]: { uses } });
});

test('a file that cannot be written is said, and stops nothing', async () => {
  file = path.join(file, 'below-a-file.json');
  await writeFile(path.dirname(file), '');
  open().used(TAG, { project: '/p', kind: 'python' });
  expect(warnings).toEqual([expect.stringMatching(/below-a-file\.json cannot be written: /)]);
  expect(JSON.parse(JSON.stringify(open().all()))).toEqual({});
  expect(await readFile(path.dirname(file), 'utf8')).toBe('');
});
