import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';

const SRC = path.resolve(import.meta.dirname, '../../../src');

/** Ways to hold a whole stream or answer in memory, whatever its length. */
const UNBOUNDED = [
  /node:stream\/consumers/,
  /\.(?:text|json|arrayBuffer|blob|formData|toArray)\(\)/,
  /\.on\('data'/,
  /Buffer\.concat\(/,
  /\bfetch\(/,
  /node:readline/,
  /chunks\.push\(/,
];

/** The programs that talk to the daemon alone, and to the user. */
const OTHER_ROOMS = ['cli', 'client', 'setup', 'repository'];

/** Places where no one but the user or ezj decides what comes. */
const EXCEPTIONS: Record<string, string> = {
  'daemon/routes/router.ts': 'the body of a call from the command line, over a socket that only the user can open',
  'daemon/pages/open-page.ts': 'a script for the browser, which reads no body',
  'engine/container-files.ts': "ezj's own files, on the way into a container",
  'engine/container-output.ts': 'the rest of a frame, whose length is limited',
  'host/certificates.ts': "the user's own certificates",
  'images/make-debian.ts': 'the last lines of a program of this machine',
  'project-files/read.ts': 'a file of a project, of which it reads a limited number of bytes',
  'protocol/frames.ts': "frames of the user's own daemon",
};

function sources(): string[] {
  const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).map((file) => file.replaceAll('\\', '/'));
  return files.filter((file) => file.endsWith('.ts') && !OTHER_ROOMS.includes(file.split('/')[0] ?? ''));
}

const readsWithoutLimit = (file: string) => {
  const text = readFileSync(path.join(SRC, file), 'utf8').replace(/\/\*\*[\s\S]*?\*\/|\/\/.*$/gm, '');
  return UNBOUNDED.some((pattern) => pattern.test(text));
};

test('the daemon reads every answer through the one reader that limits it', () => {
  expect(sources().filter(readsWithoutLimit).sort()).toEqual(Object.keys(EXCEPTIONS).sort());
});
