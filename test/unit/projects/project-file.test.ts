import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readProjectFile } from '../../../src/projects/project-file.ts';
import { openTrustStore } from '../../../src/projects/trust-store.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'ezj-'));
});

afterEach(() => rm(folder, { recursive: true }));

const write = (text: string) => writeFile(path.join(folder, 'ezj.yaml'), text);
const MARIMO = 'kinds: { marimo: { image: my/marimo, port: 2718, url: "/?t={token}", ready: { path: "/?t={token}" }';

test('a folder without a file has none', async () => {
  expect(await readProjectFile(folder)).toBeUndefined();
});

test('an empty file says nothing', async () => {
  await write('# nothing yet\n');
  expect((await readProjectFile(folder))?.settings).toEqual({
    mounts: [],
    env: {},
    passEnv: [],
    sourcePackages: [],
    kinds: {},
  });
});

test('values are taken as they are meant', async () => {
  await write(
    'kind: rstudio\nmemory: 4g\ncpus: 1.5\nenv: { PORT: 8080, FLAG: true, NAME: ann }\nmounts: [{ source: ../data }]',
  );
  expect((await readProjectFile(folder))?.settings).toMatchObject({
    kind: 'rstudio',
    memory: '4g',
    cpus: 1.5,
    env: { PORT: '8080', FLAG: 'true', NAME: 'ann' },
    mounts: [{ source: '../data', readOnly: false }],
  });
});

test.each([
  ['kind: [python', /ezj\.yaml: line 1, column \d+: /],
  ['a: 1\n  b: 2\n', /line \d+, column \d+: /],
  ['kind: python\nkind: r', /line 2, column 1: .*unique/i],
  ['- python', /expected keys with values/],
  ['env: [A]', /ezj\.yaml: env: expected keys with values$/],
  ['mounts: [data]', /: mounts\.0: expected keys with values$/],
  ['colour: red', /ezj\.yaml: colour: there is no such key/],
  ['port: 0', /: port: /],
  ['port: "8888"', /: port: /],
  ['bind: localhost', /: bind: expected an IP address/],
  ['memory: 1', /: memory: expected a size of at least 64m/],
  ['name: Not A Name', /: name: expected 1 to 40/],
  ['image: "Not an image"', /: image: expected an image reference/],
  ['mounts: [{ source: a, mode: ro }]', /: mounts\.0\.mode: there is no such key/],
  ['mounts: [{ source: a, target: "/d\\n\\n  mounts /e at /f, read-only" }]', /: mounts\.0\.target: expected one line/],
  ['mounts: [{ source: a, target: "/d\\u202e" }]', /: mounts\.0\.target: expected one line of visible characters/],
  ['mounts: [{ source: a, target: "/d    e" }]', /: mounts\.0\.target: expected .* with single spaces/],
  ['dockerfile: "a\\u2028b"', /: dockerfile: expected one line/],
  ['env: { "1X": y }', /: env\.1X: /],
  ['kinds: { python: { image: a, port: 1, url: "/{token}" } }', /: kinds\.python: .*ezj has a kind with this name/],
  [`${MARIMO}, title: "a\\nb" } }`, /: kinds\.marimo\.title: expected one line/],
  [`${MARIMO}, user: "a\\u200b" } }`, /: kinds\.marimo\.user: expected one line/],
  [`${MARIMO}, workdir: "/a\\nb" } }`, /: kinds\.marimo\.workdir: expected one line/],
  [`${MARIMO}, colour: red } }`, /: kinds\.marimo\.colour: there is no such key/],
  [`${MARIMO.replace('2718', 'x')} } }`, /: kinds\.marimo\.port: /],
  ['kinds: { m: { port: 1, url: "/{token}" } }', /: kinds\.m\.image: /],
  ['kinds: { m: { image: a, port: 1, url: / } }', /: kinds\.m\.url: expected \{token\} in it/],
  [`${MARIMO}, command: [x, "{token}"] } }`, /: kinds\.marimo\.command: \{token\} is not allowed here/],
  [`${MARIMO}, workdir: relative } }`, /: kinds\.marimo\.workdir: expected an absolute path/],
  [`${MARIMO.replace('path: "/?t={token}"', 'path: x')} } }`, /: kinds\.marimo\.ready\.path: expected a path/],
  [`${MARIMO.replace('path: "/?t={token}"', 'path: /')} } }`, /: kinds\.marimo\.ready: expected \{token\} in its path/],
  ['kinds: { m-: { image: a, port: 1 } }', /: kinds\.m-: expected a name/],
])('%j is refused, and what is wrong is named', async (text, message) => {
  await write(text);
  await expect(readProjectFile(folder)).rejects.toMatchObject({
    code: 'project-file-invalid',
    message: expect.stringMatching(message),
  });
});

test('all that is wrong is said at once', async () => {
  await write('port: 0\ncolour: red');
  await expect(readProjectFile(folder)).rejects.toMatchObject({ details: [expect.stringContaining('colour')] });
});

test('a link is refused unread: it could lead out of the folder', async () => {
  await symlink('/etc/passwd', path.join(folder, 'ezj.yaml'));
  const failure = await readProjectFile(folder).catch((error: Error) => error);
  expect(failure).toMatchObject({ code: 'project-file-invalid' });
  expect(JSON.stringify(failure)).not.toContain('root');
});

test('a folder of that name, and a file that grows by its own references, are refused', async () => {
  await write(`a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\n`);
  await expect(readProjectFile(folder)).rejects.toMatchObject({ code: 'project-file-invalid' });
  await rm(path.join(folder, 'ezj.yaml'));
  await mkdir(path.join(folder, 'ezj.yaml'));
  await expect(readProjectFile(folder)).rejects.toMatchObject({ code: 'project-file-invalid' });
});

test('what was agreed to is one fingerprint in one folder, until it is taken back', () => {
  const store = openTrustStore({ dir: path.join(folder, 'config') });
  expect(store.isTrusted('/p', 'a')).toBe(false);
  store.trust('/p', 'a');
  expect(store.isTrusted('/p', 'a')).toBe(true);
  expect([store.isTrusted('/p', 'b'), store.isTrusted('/q', 'a')]).toEqual([false, false]);
  store.trust('/p', 'b');
  expect([store.isTrusted('/p', 'a'), store.isTrusted('/p', 'b')]).toEqual([true, true]);
  expect(store.list()).toEqual(['/p']);
  expect([store.revoke('/p'), store.revoke('/p')]).toEqual([true, false]);
  expect(store.isTrusted('/p', 'a')).toBe(false);
});

test('a list that cannot be written is said, and trusts nothing', async () => {
  const dir = path.join(folder, 'config');
  // A file in the place of the folder stops root too.
  await writeFile(dir, '');
  const store = openTrustStore({ dir });
  expect(store.list()).toEqual([]);
  expect(store.isTrusted('/p', 'a')).toBe(false);
  expect(() => store.trust('/p', 'a')).toThrow(expect.objectContaining({ code: 'config-unwritable' }));
});

test('a broken list of trusted files trusts nothing', async () => {
  const dir = path.join(folder, 'config');
  await mkdir(dir);
  await writeFile(path.join(dir, 'trust.json'), '{"/p": [');
  await chmod(dir, 0o700);
  expect(openTrustStore({ dir }).list()).toEqual([]);
});
