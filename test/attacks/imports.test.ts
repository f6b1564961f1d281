import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, realpath, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { extract, pack } from 'tar-stream';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import type { ImportReport } from '../../src/protocol/archive.ts';
import type { EnvironmentReport } from '../../src/protocol/environment.ts';
import type { ImageSummary, PruneReport } from '../../src/protocol/image.ts';
import { ARCHIVE_FORMAT } from '../../src/sharing/archive/archive-format.ts';
import { sha256 } from '../../src/sharing/archive/tar-entries.ts';
import { runFailing, runJson } from '../cli/notebooks.ts';
import { request } from '../environment/engine-api.ts';
import { createSandbox, type Sandbox } from '../environment/sandbox.ts';
import { importTinyImage } from '../environment/tiny-image.ts';

const run = promisify(execFile);

// The first choice of every Python project, with a hash that no ezj has: an image of these tests must not be one.
const PYTHON = 'ezj/python:0123456789ab';
const ENVIRONMENT = 'ezj/env-project:0123456789ab';

let sandbox: Sandbox;
/** An image of the user, and the name that a project starts from where it is there. */
let mine: string;
let named: string;

beforeEach(async () => {
  sandbox = await createSandbox();
  onTestFinished(sandbox.cleanup);
  mine = `ezj-test/mine-${sandbox.owner}:latest`;
  named = `ezj-test/named-${sandbox.owner}:1`;
  const image = await importTinyImage({ name: mine });
  onTestFinished(image.remove);
});

/** An archive with one image whose labels and names are those of an attacker. */
async function forge(base: string, more: object = {}): Promise<{ file: string; id: string }> {
  const labels = [`ezj.owner=${sandbox.owner}`, 'ezj.image=python', 'ezj.environment=1', 'ezj.increment-of=1'];
  const tiny = await importTinyImage({ name: `ezj-test/evil-${sandbox.owner}:1`, labels });
  const { Id: id } = (await request({ path: `/images/${tiny.name}/json` })) as { Id: string };
  const saved = path.join(sandbox.home, 'saved.tar');
  await run('docker', ['save', '-o', saved, tiny.name]);
  await tiny.remove();
  const manifest = {
    ...{ format: ARCHIVE_FORMAT, ezj: '0.1.0', created: '2026-01-01T00:00:00.000Z', kind: 'python' },
    ...{ platform: 'linux/amd64', image: ENVIRONMENT, base, baseDigests: [], named: true, files: [], packages: {} },
    images: [ENVIRONMENT, base].map((name) => ({ name, id })),
  };
  const file = path.join(sandbox.home, 'evil.tar');
  await repack({ saved, file }, manifest, (list) =>
    list.map((image) => ({ ...image, RepoTags: [ENVIRONMENT, base, PYTHON, mine], ...more })),
  );
  return { file, id };
}

async function repack(
  { saved, file }: { saved: string; file: string },
  manifest: object,
  change: (list: object[]) => object[],
): Promise<void> {
  const [tar, entries] = [pack(), extract()];
  const written = once(tar.pipe(createWriteStream(file)), 'finish');
  const sums: Record<string, string> = {};
  const add = (name: string, content: Buffer) => {
    sums[name] = sha256(content);
    tar.entry({ name }, content);
  };
  add('ezj-export.json', Buffer.from(JSON.stringify(manifest)));
  const reading = pipeline(createReadStream(saved), entries);
  for await (const entry of entries) {
    const content = await buffer(entry);
    const { name, type } = entry.header;
    if (type !== 'file') continue;
    const isList = name === 'manifest.json';
    add(name, isList ? Buffer.from(JSON.stringify(change(JSON.parse(String(content))))) : content);
  }
  await reading;
  tar.entry({ name: 'ezj-checksums.json' }, JSON.stringify(sums));
  tar.finalize();
  await written;
}

async function idOf(name: string): Promise<string | undefined> {
  const image = (await request({ path: `/images/${name}/json` }).catch(() => undefined)) as { Id: string } | undefined;
  return image?.Id;
}

async function folder(name: string): Promise<string> {
  const made = path.join(sandbox.home, name);
  await mkdir(made);
  await writeFile(path.join(made, 'requirements.txt'), 'ezj-one\n');
  return realpath(made);
}

const baseIn = async (project: string) =>
  (await runJson<EnvironmentReport>(sandbox, ['env', '--image', named, project])).base;

test('an archive gives no image a name that others use, and serves the one folder that it was imported for', async () => {
  const [chosen, other] = [await folder('chosen'), await folder('other')];
  const before = await idOf(mine);
  // Engines read this field whatever its case.
  const { file, id } = await forge(named, { repotags: [PYTHON, mine] });
  const imported = await runJson<ImportReport>(sandbox, ['import', file], { cwd: chosen });
  expect(imported).toMatchObject({ project: chosen, loaded: [ENVIRONMENT, named] });
  expect(await Promise.all([PYTHON, ENVIRONMENT, named].map(idOf))).toEqual([undefined, undefined, undefined]);
  expect(await idOf(mine)).toBe(before);

  expect(await baseIn(chosen)).toMatch(/^ezj\/imported-base:/);
  expect(await idOf((await baseIn(chosen)) ?? '')).toBe(id);
  expect(await baseIn(other)).toBeUndefined();

  const listed = await runJson<ImageSummary[]>(sandbox, ['images']);
  const brought = listed.filter((each) => each.id === id).map(({ reference }) => reference);
  expect(brought).toEqual([expect.stringMatching(/^ezj\/imported-/)]);
  const pruned = await runJson<PruneReport>(sandbox, ['prune', '--older-than', '0h', '--yes']);
  expect(pruned.items.map(({ name }) => name)).toContain(brought[0]);
  expect(await idOf(id)).toBeUndefined();
});

test('an archive that names an image beside its environment and its base is refused', async () => {
  const { file } = await forge(PYTHON.replace('python', 'other'));
  expect(await runFailing(sandbox, ['import', file])).toMatchObject({ code: 'archive-invalid', exitCode: 2 });
});

test('a project that names an image of ezj gets no image of that name from a registry', async () => {
  const project = await folder('names');
  await writeFile(path.join(project, 'ezj.yaml'), `image: ${PYTHON}\n`);
  expect(await runFailing(sandbox, ['-d', '--yes', project])).toMatchObject({
    code: 'image-not-found',
    message: expect.stringContaining('names that begin with ezj/ are for images that ezj builds here'),
  });
});
