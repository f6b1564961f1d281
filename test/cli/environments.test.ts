import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import http from 'node:http';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { EnvironmentReport } from '../../src/protocol/environment.ts';
import type { SessionAccess } from '../../src/protocol/session.ts';
import { engineSocket } from '../environment/engine.ts';
import { request } from '../environment/engine-api.ts';
import { LIGHT_SERVER } from '../environment/light-server.ts';
import { makeExtension, makeSource, makeWheel, type PackageIndex, startIndex } from '../environment/package-index.ts';
import { startRegistry } from '../environment/registry.ts';
import { createSandbox, type Sandbox } from '../environment/sandbox.ts';
import { NOTEBOOK_IMAGE } from '../environment/stand-in-notebook.ts';
import { buildImage } from './derived-image.ts';
import { inSession, inspect, leftovers, runFailing, runJson } from './notebooks.ts';

interface World {
  sandbox: Sandbox;
  index: PackageIndex;
  /** An image of this world alone: what is built on it, no other run on the same engine has built before. */
  image: string;
}

/** A sandbox whose pip knows an index of these tests' own, which asks for a password; `debian` for an image that has apt. */
async function openWorld({ debian = false } = {}): Promise<World> {
  const [sandbox, index] = [await createSandbox(), await startIndex()];
  onTestFinished(async () => {
    await sandbox.cleanup();
    await index.close();
  });
  useIndex(sandbox, index);
  const image = await buildImage(sandbox, {
    dockerfile: `FROM ${debian ? LIGHT_SERVER.base : NOTEBOOK_IMAGE}\nENV WORLD=${sandbox.owner}\n`,
  });
  return { sandbox, index, image };
}

function useIndex({ env }: Sandbox, { url, host }: PackageIndex): void {
  Object.assign(env, { PIP_INDEX_URL: url, PIP_TRUSTED_HOST: host });
}

/** Where nobody answers, pip asks five times more, and waits longer each time: once more is enough to see why. */
async function askTwice({ home }: Sandbox): Promise<void> {
  await mkdir(path.join(home, '.pip'));
  await writeFile(path.join(home, '.pip', 'pip.conf'), '[global]\nretries = 1\n');
}

async function write({ project }: Sandbox, files: Record<string, string>): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(project, name)), { recursive: true });
    await writeFile(path.join(project, name), content);
  }
}

const steps = (stderr: string) => [...stderr.matchAll(/"type":"build-step".*?"step":(\d)/g)].map(([, step]) => step);

async function startAndCount(sandbox: Sandbox, image: string): Promise<(string | undefined)[]> {
  const { exitCode, stderr } = await sandbox.run(['-d', '--image', image, '--json']);
  expect({ exitCode, stderr: exitCode === 0 ? '' : stderr }).toEqual({ exitCode: 0, stderr: '' });
  return steps(stderr);
}

test('a folder’s Debian and Python packages are there for whoever starts it, are built once, and no password stays', async () => {
  const { sandbox, index, image } = await openWorld({ debian: true });
  index.add(...makeWheel('ezj_pure', '1.0', 'ANSWER = 1'));
  index.add(...makeWheel('ezj_pure', '2.0', 'ANSWER = 2'));
  index.add(...makeWheel('ezj_more', '1.0', 'ANSWER = 3'));
  index.add(...(await makeExtension('ezj_compiled', '1.0')));
  const files = {
    'apt.txt': '# to compile\ngcc libc6-dev\npython3-dev\n',
    // Names that the build has for its own files as well.
    'requirements.txt': '-r lists/compiled.txt\n-c lists/limits.txt\n-r own/step\n-r .ezj/step\nezj-pure\n',
    'own/step': '# nothing\n',
    '.ezj/step': '# nothing\n',
    'lists/compiled.txt': 'ezj-compiled==1.0 ; python_version > "3"\n',
    'lists/limits.txt': 'ezj-pure<2\n',
    'analysis.py': 'print(1)\n',
    'ezj.yaml': 'sourcePackages: [ezj-compiled]\n',
  };
  await write(sandbox, files);
  await runJson(sandbox, ['trust']);
  const env = ['env', '--image', image];
  const before = await runJson<EnvironmentReport>(sandbox, env);
  expect(before).toMatchObject({
    kind: 'python',
    built: false,
    files: [
      { file: 'apt.txt', used: true, why: '3 Debian packages' },
      { file: 'requirements.txt', used: true, why: '2 requirements' },
    ],
  });
  expect(before.image).toMatch(/^ezj\/env-project:[0-9a-f]{12}$/);
  expect(await startAndCount(sandbox, image)).toEqual(['1', '2']);
  const look = ['python3', '-c', 'import ezj_pure, ezj_compiled; print(ezj_pure.ANSWER, ezj_compiled.answer())'];
  expect(await inSession(sandbox, look)).toBe('1 42');
  expect(await runJson<EnvironmentReport>(sandbox, env)).toEqual({ ...before, built: true });
  await runJson(sandbox, ['stop']);

  for (const uid of [1000, 12345]) {
    const other = await createSandbox({ uid });
    onTestFinished(other.cleanup);
    useIndex(other, index);
    await write(other, files);
    await runJson(other, ['trust']);
    expect(await startAndCount(other, image)).toEqual([]);
    expect(await inSession(other, look)).toBe('1 42');
    await runJson(other, ['stop']);
  }

  await write(sandbox, { 'analysis.py': 'print(2)\n' });
  expect(await startAndCount(sandbox, image)).toEqual([]);
  await write(sandbox, { 'requirements.txt': `${files['requirements.txt']}ezj-more\n` });
  const { differences } = await runJson<SessionAccess>(sandbox, ['-d', '--image', image]);
  expect(differences).toEqual(['the environment of the project (the files have changed since it was started)']);
  await runJson(sandbox, ['stop']);
  index.fetched.length = 0;
  // The compiled one comes as a wheel from the cache, and so do files that are fetched already.
  expect(await startAndCount(sandbox, image)).toEqual(['2']);
  expect(index.fetched).toEqual(['/files/ezj_more-1.0-py3-none-any.whl']);
  expect(await inSession(sandbox, ['python3', '-c', 'import ezj_more; print(ezj_more.ANSWER)'])).toBe('3');

  const { image: built = '' } = await runJson<EnvironmentReport>(sandbox, env);
  expect(JSON.stringify(await request({ path: `/images/${built}/history` }))).not.toContain(index.password);
  expect(JSON.stringify(await request({ path: `/images/${built}/json` }))).not.toContain(index.password);
  // What is certainly in it shows that the search finds things.
  expect(await savedImageContains(built, ['ANSWER = 3', index.password])).toEqual(['ANSWER = 3']);
});

/** Which of these words stand anywhere in an image as `docker save` writes it. */
async function savedImageContains(image: string, words: string[]): Promise<string[]> {
  const answer = await new Promise<http.IncomingMessage>((resolve, reject) =>
    http.get({ socketPath: engineSocket(), path: `/images/${image}/get`, agent: false }, resolve).on('error', reject),
  );
  const found = new Set<string>();
  let tail = Buffer.alloc(0);
  for await (const chunk of answer) {
    const piece = Buffer.concat([tail, chunk as Buffer]);
    for (const word of words) if (piece.includes(`${word}`)) found.add(word);
    tail = piece.subarray(-100);
  }
  return [...found];
}

test('what a build cannot have is named with its last lines and what helps, and nothing of the build is left', async () => {
  const { sandbox, index, image } = await openWorld();
  index.add(...makeWheel('ezj_pure', '1.0', ''));
  index.add(...(await makeExtension('ezj_compiled', '1.0')));
  const before = await leftovers(sandbox);
  const failing = async (requirements: string, env: NodeJS.ProcessEnv = {}) => {
    await write(sandbox, { 'requirements.txt': requirements });
    return runFailing(sandbox, ['-d', '--image', image], { env });
  };
  const unknown = await failing('ezj-pure==7\n');
  expect(unknown).toMatchObject({
    code: 'build-failed',
    exitCode: 5,
    hint: expect.stringMatching(/version does not exist.*ezj-pure==7/),
  });
  expect(unknown.message).toMatch(/^The build failed at requirements\.txt: ERROR: Could not find a version/);
  expect(unknown.details?.length).toBeGreaterThan(1);
  expect(await failing(`ezj-pure==1.0 --hash=sha256:${'0'.repeat(64)}\n`)).toMatchObject({
    code: 'build-failed',
    hint: expect.stringContaining('hash'),
  });
  expect(await failing('ezj-compiled\n')).toMatchObject({ hint: expect.stringContaining('`sourcePackages`') });
  await write(sandbox, { 'ezj.yaml': 'sourcePackages: [ezj-compiled]\n' });
  await runJson(sandbox, ['trust']);
  expect(await failing('ezj-compiled\n')).toMatchObject({ hint: expect.stringContaining('build-essential') });
  await askTwice(sandbox);
  const nobody = `http://somebody:${index.password}@${index.host}:1/simple/`;
  const unreachable = await failing('ezj-pure\n', { PIP_INDEX_URL: nobody });
  expect(unreachable).toMatchObject({ code: 'build-failed', hint: expect.stringContaining('did not answer') });
  expect(JSON.stringify(unreachable)).not.toContain(index.password);
  const { containers, images } = await leftovers(sandbox);
  expect({ containers, images }).toEqual({ containers: [], images: before.images });
  expect(await readFile(sandbox.log, 'utf8')).not.toContain(index.password);

  await runJson(sandbox, ['-d', '--image', image, '--no-env']);
  const [session] = (await leftovers(sandbox)).containers;
  expect((await inspect(session ?? '')).Config.Image).toBe(image);
});

test('two sessions that need the same environment wait for one build, and a build that both give up leaves nothing', async () => {
  const { sandbox, index, image } = await openWorld();
  const slow =
    'import time\ndef build_wheel(*a, **k):\n    print("building slowly", flush=True)\n    time.sleep(600)\n';
  index.add(...makeWheel('ezj_pure', '1.0', ''));
  index.add(...(await makeSource('ezj_slow', '1.0', { 'backend.py': slow })));
  const folders = ['a/same', 'b/same'].map((name) => path.join(sandbox.project, name));
  await write(sandbox, { 'a/same/requirements.txt': 'ezj-pure\n', 'b/same/requirements.txt': 'ezj-pure\n' });
  await Promise.all(folders.map((folder) => runJson(sandbox, ['-d', '--image', image, folder])));
  expect(index.fetched).toEqual(['/files/ezj_pure-1.0-py3-none-any.whl']);
  await runJson(sandbox, ['stop', '--all']);
  const before = await leftovers(sandbox);

  await write(sandbox, { 'a/same/requirements.txt': 'ezj-slow\n', 'a/same/ezj.yaml': 'sourcePackages: [ezj-slow]\n' });
  const run = sandbox.start(['-d', '--yes', '--image', image, '--json', folders[0] ?? '']);
  await run.waitFor(/Building wheel|Preparing metadata/);
  run.child.kill('SIGINT');
  expect((await run.ended).exitCode).toBe(130);
  await expect.poll(() => leftovers(sandbox), { timeout: 20_000 }).toEqual(before);
});

test('a lock counts before pyproject.toml, and what it names is installed by its hashes', async () => {
  const { sandbox, index, image } = await openWorld();
  const [name, content] = makeWheel('ezj_locked', '1.0', 'ANSWER = 1');
  index.add(name, content);
  index.add(...makeWheel('ezj_grouped', '1.0', ''));
  const pyproject =
    '[project]\nname = "mine"\nversion = "1"\ndependencies = ["ezj-locked"]\n[dependency-groups]\ndev = ["ezj-grouped"]\n';
  await write(sandbox, { 'pyproject.toml': pyproject });
  expect(await startAndCount(sandbox, image)).toEqual(['1']);
  await inSession(sandbox, ['python3', '-c', 'import ezj_locked, ezj_grouped']);
  await runJson(sandbox, ['stop']);
  const sha256 = createHash('sha256').update(content).digest('hex');
  const lock = `[[packages]]\nname = "ezj-locked"\nversion = "1.0"\nwheels = [{ hashes = { sha256 = "${sha256}" } }]\n`;
  await write(sandbox, { 'pylock.toml': lock });
  expect(await startAndCount(sandbox, image)).toEqual(['1']);
  expect(await inSession(sandbox, ['sh', '-c', 'pip list | grep ezj'])).toMatch(/^ezj[-_]locked +1\.0$/);
});

/** A tool that is not to be had here: notes the settings that it was given, and leaves the rest to pip. */
const toolImage = (base: string, name: string, script: string) => `FROM ${base}
RUN printf '%s\\n' '#!/bin/sh' 'set -e' ${script
  .split('\n')
  .map((line) => `'${line}'`)
  .join(' ')} > /usr/local/bin/${name} && chmod +x /usr/local/bin/${name}
`;

test('where the image has uv it installs, from the index that pip is told', async () => {
  const { sandbox, index, image } = await openWorld();
  index.add(...makeWheel('ezj_pure', '1.0', 'ANSWER = 1'));
  const uv =
    'while [ "$1" != -r ]; do shift; done\nPIP_INDEX_URL="$UV_DEFAULT_INDEX" PIP_TRUSTED_HOST="$UV_INSECURE_HOST" PIP_USER=0 python3 -m pip install --break-system-packages "$@"\ntouch /opt/by-uv';
  const withUv = await buildImage(sandbox, { dockerfile: toolImage(image, 'uv', uv) });
  await write(sandbox, { 'requirements.txt': 'ezj-pure\n' });
  const look = ['sh', '-c', 'ls /opt; python3 -c "import ezj_pure; print(ezj_pure.ANSWER)"'];
  expect(await startAndCount(sandbox, withUv)).toEqual(['1']);
  expect(await inSession(sandbox, look)).toBe('by-uv\n1');
  await runJson(sandbox, ['stop']);
  // What uv would pass over is left to pip.
  await write(sandbox, { 'requirements.txt': '--prefer-binary\nezj-pure\n' });
  expect(await startAndCount(sandbox, withUv)).toEqual(['1']);
  expect(await inSession(sandbox, look)).toBe('1');
});

test('environment.yml goes to the mamba of the image, and its pip list to pip, with the channels of the user’s .condarc, whose password stays nowhere', async () => {
  const { sandbox, index, image } = await openWorld();
  const mamba =
    'cp environment.yml /opt/asked.yml\ngrep -o "mirror.example" "$CONDARC" > /opt/mirror\necho "$@" > /opt/arguments';
  const withMamba = await buildImage(sandbox, { dockerfile: toolImage(image, 'mamba', mamba) });
  await writeFile(path.join(sandbox.home, '.condarc'), `channel_alias: https://me:${index.password}@mirror.example/\n`);
  index.add(...makeWheel('ezj_pure', '1.0', 'ANSWER = 1'));
  const asked = 'dependencies:\n  - numpy\n';
  await write(sandbox, {
    'environment.yml': `name: mine\n${asked}  - pip:\n    - -r requirements.txt\n    - -e .\n`,
    'requirements.txt': 'ezj-pure\n',
  });
  expect(await startAndCount(sandbox, withMamba)).toEqual(['1', '2']);
  expect(await inSession(sandbox, ['python3', '-c', 'import ezj_pure; print(ezj_pure.ANSWER)'])).toBe('1');
  expect(await inSession(sandbox, ['cat', '/opt/mirror', '/opt/arguments', '/opt/asked.yml'])).toBe(
    `mirror.example\nenv update -n base --file environment.yml\n${asked.trimEnd()}`,
  );
  const { image: built = '' } = await runJson<EnvironmentReport>(sandbox, ['env', '--image', withMamba]);
  expect(await savedImageContains(built, ['mirror.example', index.password])).toEqual(['mirror.example']);
});

test('a session that was started without an environment says so, a later step stands on those that are there, and -u leaves no nameless image', async () => {
  const { sandbox, index, image } = await openWorld();
  index.add(...makeWheel('ezj_pure', '1.0', 'ANSWER = 1'));
  const start = (base: string, ...args: string[]) => sandbox.run(['-d', '--yes', '--image', base, '--json', ...args]);
  expect(await startAndCount(sandbox, image)).toEqual([]);
  await write(sandbox, { 'requirements.txt': 'ezj-pure\n' });
  expect(JSON.parse((await start(image)).stdout)).toMatchObject({
    differences: ['the environment of the project (it was started without one)'],
  });
  await runJson(sandbox, ['stop']);
  expect(steps((await start(image)).stderr)).toEqual(['1']);
  await runJson(sandbox, ['stop']);
  await write(sandbox, { postBuild: '#!/bin/sh\necho built > /opt/built\n' });
  expect(steps((await start(image)).stderr)).toEqual(['2']);
  await runJson(sandbox, ['stop']);
  expect(steps((await start(await inRegistry(image), '-u')).stderr)).toEqual(['1', '2']);
  const query = { filters: JSON.stringify({ label: [`ezj.owner=${sandbox.owner}`], dangling: ['true'] }) };
  expect(await request({ path: '/images/json', query })).toEqual([]);
});

/** The name of an image in a registry, from which it can be pulled anew. */
async function inRegistry(image: string): Promise<string> {
  const registry = await startRegistry();
  onTestFinished(registry.stop);
  const name = `${registry.host}/world`;
  await request({ method: 'POST', path: `/images/${image}/tag`, query: { repo: name, tag: '1' } });
  const headers = { 'x-registry-auth': Buffer.from('{}').toString('base64') };
  await request({ method: 'POST', path: `/images/${name}/push`, query: { tag: '1' }, headers });
  return `${name}:1`;
}

test('an address of the project’s own is asked for before code from there runs, a wheel’s is not', async () => {
  const { sandbox, image } = await openWorld();
  const url = 'http://127.0.0.1:9/evil-1.0.tar.gz';
  await askTwice(sandbox);
  await write(sandbox, { 'requirements.txt': `evil @ ${url}\n` });
  const start = ['-d', '--image', image];
  expect(await runFailing(sandbox, start)).toMatchObject({
    code: 'project-untrusted',
    details: [expect.stringContaining(`takes packages from ${url}, as requirements.txt says`)],
  });
  expect(await runFailing(sandbox, [...start, '--yes'])).toMatchObject({ code: 'build-failed' });
  await write(sandbox, { 'requirements.txt': `evil @ ${url.replace('.tar.gz', '-py3-none-any.whl')}\n` });
  expect(await runFailing(sandbox, start)).toMatchObject({ code: 'build-failed' });
});
