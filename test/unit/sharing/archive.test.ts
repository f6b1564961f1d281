import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { extract, pack } from 'tar-stream';
import { expect, test } from 'vitest';
import type { Engine } from '../../../src/engine/engine.ts';
import { ARCHIVE_FORMAT, isArchivable } from '../../../src/sharing/archive/archive-format.ts';
import { parsePackages } from '../../../src/sharing/archive/image-packages.ts';
import { readArchive } from '../../../src/sharing/archive/read-archive.ts';
import { sha256 } from '../../../src/sharing/archive/tar-entries.ts';

const IMAGE = 'ezj/env-p:00000000000a';
const MANIFEST = {
  format: ARCHIVE_FORMAT,
  ezj: '0.1.0',
  created: '2026-01-01T00:00:00.000Z',
  kind: 'python',
  platform: 'linux/amd64',
  image: IMAGE,
  base: 'base:1',
  baseDigests: [],
  images: [{ name: IMAGE, id: 'sha256:1' }],
  named: false,
  files: [],
  packages: {},
};
const LIST = [
  { Config: 'a.json', RepoTags: [IMAGE, 'debian:trixie'], Layers: ['a/layer.tar'] },
  { Config: 'b.json', RepoTags: ['python:3'], Layers: [] },
];

type Content = Record<string, string>;
const usual: Content = {
  'ezj-export.json': JSON.stringify(MANIFEST),
  'a/layer.tar': 'layer',
  'manifest.json': JSON.stringify(LIST),
  repositories: '{"python":{}}',
};

/** With files of a project, of which the manifest lists those. */
function withFiles(listed: string[], files: Content): Content {
  const { 'ezj-export.json': _, ...images } = usual;
  const entries = Object.entries(files).map(([name, text]) => [`project/${name}`, text]);
  return {
    'ezj-export.json': JSON.stringify({ ...MANIFEST, files: listed }),
    ...Object.fromEntries(entries),
    ...images,
  };
}

async function archiveOf(content: Content, { sums = content }: { sums?: Content } = {}): Promise<Buffer> {
  const tar = pack();
  const checksums = Object.entries(sums).map(([name, text]) => [name, sha256(Buffer.from(text))]);
  const whole = { ...content, 'ezj-checksums.json': JSON.stringify(Object.fromEntries(checksums)) };
  for (const [name, text] of Object.entries(whole)) tar.entry({ name }, text);
  tar.finalize();
  return buffer(tar);
}

/** An engine that keeps what it was given to its end; undefined where the end never came. */
function engineOf(): { engine: Engine; loaded: () => Content | undefined } {
  let loaded: Content | undefined;
  const loadImages: Engine['loadImages'] = async (tar) => {
    const entries = extract();
    tar.once('error', (error) => entries.destroy(error));
    tar.pipe(entries);
    const found: Content = {};
    for await (const entry of entries) found[entry.header.name] = String(await buffer(entry));
    loaded = found;
  };
  return { engine: { loadImages } as Partial<Engine> as Engine, loaded: () => loaded };
}

const HERE = 'ezj/imported-p:00000000000b';

async function read(archive: Buffer, names = new Map([[IMAGE, HERE]])) {
  const { engine, loaded } = engineOf();
  const { signal } = new AbortController();
  const outcome = await readArchive(engine, Readable.from([archive]), { choose: async () => names, signal }).then(
    () => 'whole',
    (error: Error) => error.message,
  );
  return { outcome, loaded: loaded() };
}

test('the engine gets the chosen images only, under their new names, and no other list of names', async () => {
  const { outcome, loaded } = await read(await archiveOf(usual));
  expect(outcome).toBe('whole');
  expect(Object.keys(loaded ?? {})).toEqual(['a/layer.tar', 'manifest.json']);
  expect(JSON.parse(loaded?.['manifest.json'] ?? '')).toEqual([{ ...LIST[0], RepoTags: [HERE] }]);
});

test('the list of newer engines is cut down to the chosen images as well', async () => {
  const manifests = [IMAGE, 'docker.io/library/python:3'].map((name) => ({
    digest: name,
    annotations: { 'io.containerd.image.name': name, 'org.opencontainers.image.ref.name': 'latest' },
  }));
  const { loaded } = await read(await archiveOf({ ...usual, 'index.json': JSON.stringify({ manifests }) }));
  expect(JSON.parse(loaded?.['index.json'] ?? '').manifests).toEqual([
    {
      digest: IMAGE,
      annotations: {
        'io.containerd.image.name': `docker.io/${HERE}`,
        'org.opencontainers.image.ref.name': '00000000000b',
      },
    },
  ]);
});

test('a field that engines read whatever its case names no image', async () => {
  const list = LIST.map((each) => ({ ...each, repotags: ['ezj/python:0123456789ab'], REPOTAGS: ['my/app:latest'] }));
  const manifests = [
    {
      digest: 'sha256:1',
      annotations: { 'io.containerd.image.name': IMAGE },
      Annotations: { 'io.containerd.image.name': 'my/app:latest' },
    },
  ];
  const index = JSON.stringify({ manifests, Manifests: manifests });
  const forged = { ...usual, 'manifest.json': JSON.stringify(list), 'index.json': index };
  const { loaded } = await read(await archiveOf(forged));
  expect(`${loaded?.['manifest.json']}${loaded?.['index.json']}`).not.toMatch(/ezj\/python|my\/app/);
});

test.each([
  ['null', 'manifest.json', 'null'],
  ['text', 'manifest.json', '"x"'],
  ['a list of text', 'manifest.json', '["x"]'],
  ['a list of null', 'index.json', '{"manifests":[null]}'],
])('a list of images that is %s is refused', async (_, file, content) => {
  const { outcome, loaded } = await read(await archiveOf({ ...usual, [file]: content }));
  expect(outcome).toMatch(/is not a list of images/);
  expect(loaded).toBeUndefined();
});

test('an archive of which nothing is wanted is checked all the same', async () => {
  expect(await read(await archiveOf(usual), new Map())).toEqual({ outcome: 'whole', loaded: undefined });
  const changed = await archiveOf(usual, { sums: { ...usual, 'a/layer.tar': 'another' } });
  expect((await read(changed, new Map())).outcome).toMatch(/a\/layer\.tar is missing or has changed/);
});

test.each([
  ['with another content', usual, { ...usual, 'a/layer.tar': 'other' }, /a\/layer\.tar is missing or has changed/],
  ['with an entry more', { ...usual, 'b/layer.tar': '' }, usual, /b\/layer\.tar was added/],
  ['with an entry less', usual, { ...usual, 'b/layer.tar': '' }, /b\/layer\.tar is missing/],
  ['that begins otherwise', { 'manifest.json': '[]', ...usual }, usual, /does not begin with ezj-export\.json/],
  ['of a later format', { ...usual, 'ezj-export.json': '{"format":2}' }, usual, /ezj-export\.json: format: /],
  [
    'with a list under another spelling',
    { ...usual, './manifest.json': '[]' },
    undefined,
    /"\.\/manifest\.json" is not a valid entry name/,
  ],
  [
    'with a list in a folder, which may be a link',
    { ...usual, 'a/manifest.json': '[]' },
    undefined,
    /is not a valid entry name/,
  ],
  ['with an entry outside', { ...usual, '../x': '' }, undefined, /"\.\.\/x" is not a valid entry name/],
  ['with a file that it does not list', withFiles([], { 'x.txt': '' }), undefined, /does not list "x\.txt"/],
  ['without images', { 'ezj-export.json': usual['ezj-export.json'] ?? '' }, {}, /was added|no images/],
] as [
  string,
  Content,
  Content | undefined,
  RegExp,
][])('an archive %s is refused, and the engine never gets its end', async (_, content, sums, reason) => {
  const { outcome, loaded } = await read(await archiveOf(content, { sums }));
  expect(outcome).toMatch(reason);
  expect(loaded).toBeUndefined();
});

test('the files of an archive fill no memory', async () => {
  const files = Array.from({ length: 5 }, (_, i) => [`${i}.txt`, 'x'.repeat(15 * 2 ** 20)] as const);
  const { outcome } = await read(
    await archiveOf(
      withFiles(
        files.map(([name]) => name),
        Object.fromEntries(files),
      ),
    ),
  );
  expect(outcome).toMatch(/its files are too big/);
});

test('an archive that is cut off anywhere is refused, and the engine never gets its end', async () => {
  const archive = await archiveOf(usual);
  // The last two blocks say only that it ends.
  for (let at = 0; at < archive.length - 1024; at += 256) {
    const { outcome, loaded } = await read(archive.subarray(0, at));
    expect({ at, outcome }).toEqual({ at, outcome: expect.stringContaining('not a complete archive') });
    expect(loaded).toBeUndefined();
  }
});

test.each([
  ['ezj.yaml', true],
  ['requirements.txt', true],
  ['binder/postBuild', true],
  ['.binder/apt.txt', true],
  ['lists/dev.in', true],
  ['.binder/lists/dev.txt', true],
  ['../requirements.txt', false],
  ['/etc/cron.d/x.txt', false],
  ['a/../../x.txt', false],
  ['.git/hooks/post-checkout', false],
  ['.git/x.txt', false],
  ['.Rprofile', false],
  ['analysis.py', false],
  ['a\\x.txt', false],
])('%s may be among the files of an archive: %s', (name, may) => {
  expect(isArchivable(name)).toBe(may);
});

test('names and versions are read by who has installed them', () => {
  const output = '[python]\r\nezj_one==1.0\nnot a line\n[r]\n[debian]\nlibstdc++6==14.2.0-19\n';
  expect(parsePackages(output)).toEqual({ python: { ezj_one: '1.0' }, debian: { 'libstdc++6': '14.2.0-19' } });
});
