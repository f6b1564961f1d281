import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openArchive } from '../../../src/cli/archive/read-archive.ts';
import { createArchive } from '../../../src/cli/archive/write-archive.ts';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'ezj-archive-'));
  writeFileSync(path.join(folder, 'file'), '');
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test.each([
  [path.join(tmpdir(), 'ezj-no-such-file.tar.gz'), /^There is no file \S+ezj-no-such-file\.tar\.gz$/],
  [tmpdir(), /is a folder$/],
])('%s, which cannot be imported, is refused with what to type', async (file, message) => {
  await expect(openArchive(file)).rejects.toMatchObject({
    code: 'usage',
    message: expect.stringMatching(message),
    hint: expect.stringContaining('ezj export'),
  });
});

test.each([
  ['no/such/a.tar', (place: string) => `There is no folder ${place}/no/such for ${place}/no/such/a.tar.`],
  ['file/a.tar.gz', (place: string) => `${place}/file is not a folder.`],
])('an export to %s says at once what is wrong with the folder', async (name, message) => {
  await expect(createArchive(path.join(folder, name), { force: false })).rejects.toMatchObject({
    code: 'usage',
    message: message(folder),
  });
});

test.each(['a.tar', 'a.tar.gz'])('%s is there when it is complete, and reads as it was written', async (name) => {
  const file = path.join(folder, name);
  const archive = await createArchive(file, { force: false });
  await archive.write(Buffer.from('content'));
  expect(existsSync(file)).toBe(false);
  await archive.finish();
  const { tar } = await openArchive(file);
  expect((await buffer(tar)).toString()).toBe('content');
});
