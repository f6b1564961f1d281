import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest';
import type { ExportReport, ImportReport } from '../../src/protocol/archive.ts';
import type { EnvironmentReport } from '../../src/protocol/environment.ts';
import { request } from '../environment/engine-api.ts';
import { createSandbox, type Sandbox } from '../environment/sandbox.ts';
import { buildImage } from './derived-image.ts';
import { inSession, leftovers, listSessions, runFailing, runJson } from './notebooks.ts';
import { ask, openPackedWorld, type PackedWorld } from './packed-world.ts';

const run = promisify(execFile);
const SECRET = 'sesam-öffne-dich-1';

// One world and one archive: each test finds the folder's files and the images as they were when it was written.
let world: PackedWorld & { file: string; environment: string; token: string };
let close: () => Promise<void>;

beforeAll(async () => {
  const packed = await openPackedWorld((closing) => {
    close = closing;
  });
  world = { ...packed, ...(await exportWorld(packed)) };
});

beforeEach(async () => {
  await ask(world.sandbox, 'ezj-one\n');
  if (!(await namesOn()).includes(world.environment)) await run('docker', ['load', '-i', world.file]);
});

afterAll(() => close());

async function exportWorld({ sandbox, image }: PackedWorld) {
  await writeFile(path.join(sandbox.project, 'ezj.yaml'), 'env:\n  GREETING: hello\n');
  await runJson(sandbox, ['-d', '--image', image, '-e', `SECRET=${SECRET}`]);
  const [session] = await listSessions(sandbox);
  const environment = session?.image ?? '';
  const file = path.join(sandbox.home, 'packed.tar.gz');
  // The session has the image.
  const exported = await runJson<ExportReport & { bytes: number }>(sandbox, ['export', file]);
  expect(exported).toMatchObject({
    project: sandbox.project,
    kind: 'python',
    image: environment,
    images: [environment, image],
    files: ['ezj.yaml', 'requirements.txt'],
    bytes: (await stat(file)).size,
  });
  const { url } = await runJson<{ url: string }>(sandbox, ['url']);
  await runJson(sandbox, ['stop']);
  return { file, environment, token: new URL(url).searchParams.get('token') ?? '' };
}

async function another(): Promise<Sandbox> {
  const sandbox = await createSandbox();
  onTestFinished(sandbox.cleanup);
  // No package index answers there, and no registry.
  Object.assign(sandbox.env, { PIP_INDEX_URL: 'http://127.0.0.1:1/simple/' });
  return sandbox;
}

async function forget(...images: string[]): Promise<void> {
  for (const image of images) await request({ method: 'DELETE', path: `/images/${image}`, query: { force: '1' } });
}

async function namesOn(): Promise<string[]> {
  const images = (await request({ path: '/images/json' })) as { RepoTags: string[] | null }[];
  return images.flatMap(({ RepoTags }) => RepoTags ?? []);
}

test('an archive starts on a machine without a network and without the images, and holds no secret', async () => {
  const { sandbox, index, image, file, environment, token } = world;
  const { stdout } = await run('tar', ['-tzf', file]);
  const names = stdout.trim().split('\n');
  expect(names.slice(0, 3)).toEqual(['ezj-export.json', 'project/ezj.yaml', 'project/requirements.txt']);
  expect(names.at(-1)).toBe('ezj-checksums.json');
  const lock = JSON.parse((await run('tar', ['-xzOf', file, 'ezj-export.json'])).stdout);
  expect(lock).toMatchObject({
    format: 1,
    kind: 'python',
    platform: expect.stringMatching(/^linux\//),
    image: environment,
    base: image,
    named: true,
    packages: { python: { ezj_one: '1.0' }, debian: { 'python3-minimal': expect.any(String) } },
  });
  const whole = await run('sh', [
    '-c',
    `gzip -dc ${file} | LC_ALL=C grep -aoE 'ANSWER = 1|${index.password}|${SECRET}|${token}' | sort -u`,
  ]);
  // What is certainly in it shows that the search finds things.
  expect(whole.stdout).toBe('ANSWER = 1\n');

  await forget(environment, image);
  await index.close();
  const other = await another();
  const folder = path.join(other.project, 'another-name');
  const imported = await runJson<ImportReport>(other, ['import', file, folder]);
  expect(imported).toEqual({
    image: environment,
    project: folder,
    loaded: [environment, image],
    written: ['ezj.yaml', 'requirements.txt'],
    kind: 'python',
    startOptions: ['--image', image],
  });
  const env = await runJson<EnvironmentReport>(other, ['env', '--image', image, folder]);
  expect(env).toMatchObject({ built: true, image: expect.stringMatching(/^ezj\/imported-project:/) });
  await runJson(other, ['-d', '-q', '--yes', '--image', image, folder]);
  const look = ['sh', '-c', 'echo $GREETING; python3 -c "import ezj_one; print(ezj_one.ANSWER)"'];
  expect(await inSession(other, look, { cwd: folder })).toBe('hello\n1');
  await runJson(other, ['stop', '--all']);
  expect(await runJson(other, ['import', file, folder])).toMatchObject({ loaded: [], written: [] });
  for (const args of [
    ['export', path.join(other.home, 'again.tar')],
    ['push', 'registry.example.org/team/analysis'],
  ])
    expect(await runFailing(other, [...args, '--image', image], { cwd: folder })).toMatchObject({
      exitCode: 2,
      message: expect.stringContaining('came from another machine'),
    });
  // Another folder, and another user, have not agreed to it.
  const elsewhere = await runJson<EnvironmentReport>(sandbox, ['env', '--image', image]);
  expect(elsewhere.built).toBe(false);
  expect(elsewhere.base).toBeUndefined();
});

test('an archive goes through a pipe, and docker load takes it too', async () => {
  const { sandbox, image, environment } = world;
  await forget(environment);
  const archive = path.join(sandbox.home, 'packed.tar.gz');
  const piped = await new Promise<{ exitCode: number | null; stdout: string }>((resolve) => {
    const child = execFile(
      'sh',
      ['-c', `cat ${archive} | "$0" "$@" import - --json`, process.execPath, path.resolve('dist/ezj.cjs')],
      { env: sandbox.env, cwd: sandbox.project },
      (_error, stdout) => resolve({ exitCode: child.exitCode, stdout }),
    );
  });
  expect(piped.exitCode).toBe(0);
  expect(JSON.parse(piped.stdout)).toMatchObject({ loaded: [environment] });
  await runJson(sandbox, ['-d', '-q', '--image', image]);
  await runJson(sandbox, ['stop']);
  await run('docker', ['load', '-i', archive]);
  expect(await namesOn()).toContain(environment);
  const out = await run(
    'sh',
    ['-c', `"$0" "$@" export - --image ${image} | tar -t`, process.execPath, path.resolve('dist/ezj.cjs')],
    {
      env: sandbox.env,
      cwd: sandbox.project,
    },
  );
  expect(out.stdout.split('\n')).toContain('manifest.json');
});

test('an archive that is cut off, changed or none is said to be so, and nothing of it is left', async () => {
  const { sandbox, image, environment, file } = world;
  const plain = path.join(sandbox.home, 'packed.tar');
  await runJson(sandbox, ['export', plain, '--image', image]);
  await forget(environment);
  const before = await leftovers(sandbox);
  const [zipped, tar] = [await readFile(file), await readFile(plain)];
  const changed = Buffer.from(tar);
  const at = changed.indexOf('ANSWER = 1');
  changed.write('ANSWER = 2', at);
  const cases: [string, Buffer, RegExp][] = [
    ['half.tar.gz', zipped.subarray(0, zipped.length / 2), /unexpected end of file/],
    ['half.tar', tar.subarray(0, tar.length / 2), /Unexpected end of data|its end is missing/],
    ['last.tar', tar.subarray(0, tar.lastIndexOf('ezj-checksums.json')), /its end is missing|Unexpected end/],
    ['changed.tar', changed, /is missing or has changed/],
    ['text.tar', Buffer.from('hello'), /it is empty|Unexpected end of data|Invalid tar header/],
    ['empty.tar', Buffer.alloc(0), /it is empty/],
  ];
  const folder = path.join(sandbox.home, 'target');
  for (const [name, content, reason] of cases) {
    const bad = path.join(sandbox.home, name);
    await writeFile(bad, content);
    const failure = await runFailing(sandbox, ['import', bad, folder]);
    expect({ name, ...failure }).toMatchObject({
      name,
      exitCode: 2,
      code: 'archive-invalid',
      message: expect.stringMatching(reason),
    });
    expect(await leftovers(sandbox)).toEqual(before);
    expect(await namesOn()).not.toContain(environment);
    await expect(readdir(folder)).rejects.toThrow('ENOENT');
  }
});

test('an export overwrites no file, and one that fails or is cancelled leaves none', async () => {
  const { sandbox, image, environment, file } = world;
  const before = await readFile(file);
  expect(await runFailing(sandbox, ['export', file, '--image', image])).toMatchObject({
    exitCode: 6,
    code: 'file-taken',
  });
  expect((await readFile(file)).equals(before)).toBe(true);
  await runJson(sandbox, ['export', file, '--image', image, '--force']);

  const files = await readdir(sandbox.home);
  const target = path.join(sandbox.home, 'other.tar');
  const cancelled = sandbox.start(['export', target, '--image', image, '--json']);
  await cancelled.waitFor(/Exporting/);
  cancelled.child.kill('SIGINT');
  expect((await cancelled.ended).exitCode).toBe(130);
  await expect.poll(async () => (await leftovers(sandbox)).containers, { timeout: 20_000 }).toEqual([]);
  for (const [args, failure] of [
    [['export', path.join(sandbox.home, 'archive.zip')], { exitCode: 2, message: expect.stringContaining('.tar.gz') }],
    [
      ['export', path.join(sandbox.home, 'none', 'a.tar'), '--image', image],
      { exitCode: 2, message: expect.stringContaining('There is no folder') },
    ],
    [['export', target, '--image', 'ezj-test/none:1'], { code: 'image-not-local' }],
  ] as [string[], object][]) {
    expect(await runFailing(sandbox, args)).toMatchObject(failure);
  }
  await writeFile(path.join(sandbox.project, 'requirements.txt'), 'ezj-two\n');
  expect(await runFailing(sandbox, ['export', target, '--image', image])).toMatchObject({
    code: 'image-not-local',
    hint: `To get it, start a session: ezj -d ${sandbox.project}`,
  });
  await writeFile(
    path.join(sandbox.project, 'requirements.txt'),
    'ezj-one\n# --extra-index-url https://me:s3cret@index.example.org/simple\n',
  );
  const secret = await runFailing(sandbox, ['export', target, '--image', image]);
  expect(secret).toMatchObject({ exitCode: 2, message: expect.stringContaining('requirements.txt, line 2') });
  expect(JSON.stringify(secret)).not.toContain('s3cret');
  expect(await readdir(sandbox.home)).toEqual(files);
  expect(await namesOn()).toContain(environment);
});

test('an import overwrites no file of the folder and no image of another content', async () => {
  const { sandbox, image, environment, file } = world;
  const folder = path.join(sandbox.home, 'target');
  await mkdir(folder);
  await writeFile(path.join(folder, 'requirements.txt'), 'mine\n');
  await forget(environment);
  const differing = await runFailing(sandbox, ['import', file, folder]);
  expect(differing).toMatchObject({
    exitCode: 6,
    code: 'file-taken',
    message: expect.stringContaining('requirements.txt'),
  });
  expect(await namesOn()).not.toContain(environment);
  expect(await readdir(folder)).toEqual(['requirements.txt']);

  const linked = path.join(sandbox.home, 'linked');
  await mkdir(linked);
  await symlink(path.join(sandbox.home, 'elsewhere'), path.join(linked, 'ezj.yaml'));
  expect(await runFailing(sandbox, ['import', file, linked])).toMatchObject({ code: 'file-taken' });

  const own = await buildImage(sandbox, { dockerfile: `FROM ${image}\nENV OTHER=1\n` });
  await run('docker', ['tag', own, image]);
  const idOf = async () => ((await request({ path: `/images/${image}/json` })) as { Id: string }).Id;
  const before = await idOf();
  const fresh = path.join(sandbox.home, 'fresh');
  const imported = await runJson<ImportReport>(sandbox, ['import', file, fresh]);
  expect(imported.loaded.sort()).toEqual([environment, image].sort());
  expect(await idOf()).toBe(before);
  expect(await namesOn()).not.toContain(environment);
  const env = await runJson<EnvironmentReport>(sandbox, ['env', '--image', image, fresh]);
  expect(env).toMatchObject({ built: true, base: expect.stringMatching(/^ezj\/imported-base:/) });
});
