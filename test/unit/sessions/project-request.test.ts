import { mkdir, mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type ProjectFile, projectSchema } from '../../../src/config/project-file.ts';
import type { StartRequest } from '../../../src/protocol/session.ts';
import { completeRequest, reachOf } from '../../../src/sessions/project-request.ts';

let root: string;
let request: StartRequest;

beforeEach(async () => {
  root = await realpath(await mkdtemp(path.join(tmpdir(), 'ezj-')));
  for (const name of ['p/inside', 'data']) await mkdir(path.join(root, name), { recursive: true });
  request = {
    project: path.join(root, 'p'),
    refresh: 'auto',
    readOnly: false,
    mounts: [],
    env: {},
    host: { proxy: {} },
  };
});

afterEach(() => rm(root, { recursive: true }));

const fileOf = (settings: object): ProjectFile => ({
  path: 'ezj.yaml',
  hash: '0',
  settings: projectSchema.parse(settings),
});
const complete = (given: Partial<StartRequest>, settings: object) =>
  completeRequest({ ...request, ...given }, fileOf(settings));
const reach = (settings: object) => reachOf(request.project, fileOf(settings));

test('without a file a session is Python', async () => {
  expect(await completeRequest(request, undefined)).toEqual({ ...request, kind: 'python' });
});

test('the file says what the command line does not', async () => {
  const settings = {
    kind: 'r',
    image: 'my/r',
    name: 'genome',
    port: 9000,
    memory: '4g',
    cpus: 2,
    readOnly: true,
    env: { A: 'file', B: 'file' },
  };
  expect(await complete({ env: { B: 'line' }, cpus: 1 }, settings)).toMatchObject({
    kind: 'r',
    image: 'my/r',
    name: 'genome',
    port: 9000,
    memoryBytes: 4 * 2 ** 30,
    cpus: 1,
    readOnly: true,
    env: { A: 'file', B: 'line' },
  });
});

test('image, name and port go with the kind that they were written for', async () => {
  const settings = { kind: 'rstudio', image: 'my/rstudio', name: 'genome', port: 9000, memory: '4g' };
  const other = await complete({ kind: 'python' }, settings);
  expect(other).toMatchObject({ kind: 'python', memoryBytes: 4 * 2 ** 30 });
  expect([other.image, other.name, other.port]).toEqual([undefined, undefined, undefined]);
  expect(await complete({ kind: 'rstudio' }, settings)).toMatchObject({ image: 'my/rstudio', port: 9000 });
});

test('mounts are relative to the project, and the command line’s take the place of those at the same target', async () => {
  const settings = { mounts: [{ source: '../data' }, { source: 'inside', target: '/x', readOnly: true }] };
  const line = { source: '/elsewhere', target: '/x', readOnly: false };
  expect((await complete({ mounts: [line] }, settings)).mounts).toEqual([
    { source: path.join(root, 'data'), target: '/mnt/data', readOnly: false },
    line,
  ]);
});

test('a mount whose source is not there is named, with the file', async () => {
  await expect(complete({}, { mounts: [{ source: '../nowhere' }] })).rejects.toMatchObject({
    code: 'mount-missing',
    message: `ezj.yaml: mounts: there is no ${path.join(root, 'nowhere')}`,
  });
});

test('what stays within the folder reaches nowhere', async () => {
  const kinds = { marimo: { image: 'my/marimo', port: 2718, url: '/{token}' } };
  const settings = {
    kind: 'rstudio',
    memory: '4g',
    port: 9000,
    bind: '127.0.0.1',
    mounts: [{ source: 'inside' }],
    env: { A: 'b' },
    kinds,
  };
  expect(await reach(settings)).toEqual([]);
});

const kind = (settings: object) => ({ kinds: { k: { image: 'my/k', port: 1, url: '/{token}', ...settings } } });

test.each([
  [{ mounts: [{ source: '../data' }] }, /^mounts \/.*\/data at \/mnt\/data, writable$/],
  [{ mounts: [{ source: '/etc', readOnly: true }] }, /^mounts \/etc at \/mnt\/etc, read-only$/],
  [{ bind: '0.0.0.0' }, /0\.0\.0\.0/],
  [{ passEnv: ['AWS_PROFILE'] }, /AWS_PROFILE/],
  [{ gpus: 'all' }, /GPU/],
  [{ kind: 'rstudio', image: 'evil/rstudio' }, /evil\/rstudio as root/],
  [kind({ ownership: 'rocker' }), /my\/k \(kind k\) as root/],
  [kind({ signIn: 'none', url: '/' }), /without a sign-in/],
])('%j reaches beyond the folder', async (settings, line) => {
  expect(await reach(settings)).toEqual([expect.stringMatching(line)]);
});
