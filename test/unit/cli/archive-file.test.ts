import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { openArchive } from '../../../src/cli/archive-file.ts';

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
