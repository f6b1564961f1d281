import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { EnvironmentReport } from '../../src/protocol/environment.ts';
import type { SessionAccess } from '../../src/protocol/session.ts';
import { request } from '../environment/engine-api.ts';
import { createSandbox, type Sandbox } from '../environment/sandbox.ts';
import { NOTEBOOK_IMAGE } from '../environment/stand-in-notebook.ts';
import { askServer, baseImage, inSession, leftovers, NOTHING, runFailing, runJson } from './notebooks.ts';

/** A sandbox, and the beginning of a Dockerfile that no other run on this engine has built from. */
async function open(uid?: number, base = NOTEBOOK_IMAGE): Promise<{ sandbox: Sandbox; from: string }> {
  const sandbox = await createSandbox({ uid });
  onTestFinished(sandbox.cleanup);
  return { sandbox, from: `FROM ${base}\nENV MARKER=${sandbox.owner}\n` };
}

async function write(folder: string, files: Record<string, string>): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(folder, name)), { recursive: true });
    await writeFile(path.join(folder, name), content);
  }
}

/** Containers and unnamed images of a sandbox's builds, as the engine knows them without any label. */
async function unfinished({ owner }: Sandbox): Promise<string[]> {
  const containers = (await request({ path: '/containers/json', query: { all: '1' } })) as { Id: string }[];
  const images = (await request({
    path: '/images/json',
    query: { all: '1', filters: JSON.stringify({ dangling: ['true'] }) },
  })) as { Id: string }[];
  const all = [
    ...containers.map(({ Id }) => `/containers/${Id}/json`),
    ...images.map(({ Id }) => `/images/${Id}/json`),
  ];
  const told = await Promise.all(all.map((each) => request({ path: each }).catch(() => ({}))));
  return all.filter((_, i) => JSON.stringify(told[i]).includes(`MARKER=${owner}`));
}

const start = ['-d', '--yes'];

test('binder/Dockerfile makes the image, once, of what it copies and .dockerignore lets through, after agreement', async () => {
  const { sandbox, from } = await open(1000);
  await write(sandbox.project, {
    'binder/Dockerfile': `${from}COPY data.csv code /opt/here/\nCOPY ["--evil", "/opt/here/"]\nARG HTTPS_PROXY\nRUN ls /opt/here | tee /opt/list\n`,
    'binder/requirements.txt': 'no-such-package\n',
    '.dockerignore': '**/*.log\n',
    'data.csv': '1',
    'code/tool.py': '',
    'code/run.log': '',
    '--evil': '',
    'notes.md': '',
  });
  expect(await runFailing(sandbox, ['-d'])).toMatchObject({
    code: 'project-untrusted',
    details: [expect.stringMatching(/^builds its binder\/Dockerfile, whose commands run as root in a container/)],
  });
  const before = await runJson<EnvironmentReport>(sandbox, ['env']);
  expect(before).toMatchObject({
    image: expect.stringMatching(/^ezj\/env-project:[0-9a-f]{12}$/),
    built: false,
    dockerfile: expect.stringContaining('RUN ls /opt/here'),
    permissions: [expect.stringContaining('binder/Dockerfile')],
    files: [
      { file: 'binder/Dockerfile', used: true },
      { file: 'binder/requirements.txt', used: false },
    ],
  });
  const [HTTP_PROXY, HTTPS_PROXY] = ['http://me:PASSWORD@127.0.0.1:9', 'http://me:PASSWORD@127.0.0.1:10'];
  const proxy = { HTTP_PROXY, HTTPS_PROXY };
  const { url, session } = await runJson<SessionAccess>(sandbox, start, { env: proxy });
  expect(await runFailing(sandbox, ['env', 'save'])).toMatchObject({
    code: 'usage',
    message: expect.stringContaining('binder/Dockerfile'),
  });
  expect(session.image).toBe(before.image);
  expect(await askServer(url)).toBe(200);
  expect(await inSession(sandbox, ['cat', '/opt/list'])).toBe('--evil\ndata.csv\ntool.py');
  expect(JSON.stringify(await request({ path: `/images/${before.image}/history` }))).not.toContain('PASSWORD');

  await write(sandbox.project, { 'notes.md': 'changed', 'code/run.log': 'changed' });
  expect(await runJson(sandbox, ['env'])).toEqual({ ...before, built: true });
  await write(sandbox.project, { 'data.csv': '2' });
  const { differences } = await runJson<SessionAccess>(sandbox, ['-d']);
  expect(differences).toEqual([expect.stringContaining('the environment of the project (the files have changed')]);
  await runJson(sandbox, ['stop']);
  const again = await runJson<SessionAccess>(sandbox, ['-d']);
  expect(again.session.image).not.toBe(before.image);
  expect(await inSession(sandbox, ['cat', '/opt/here/data.csv'])).toBe('2');
  expect(await unfinished(sandbox)).toEqual([expect.stringContaining(again.session.container)]);
});

test('a Dockerfile that ezj.yaml names is built; two projects that need the same image get one build', async () => {
  const { sandbox, from } = await open();
  const projects = ['one', 'two'].map((name) => path.join(sandbox.project, name, 'same'));
  const files = {
    'ezj.yaml': 'dockerfile: docker/Dockerfile\n',
    'docker/Dockerfile': `${from}RUN cat /proc/sys/kernel/random/uuid > /opt/id; sleep 1\n`,
  };
  for (const project of projects) await write(project, files);
  const sessions = await Promise.all(projects.map((project) => runJson<SessionAccess>(sandbox, [...start, project])));
  const ids = sessions.map(({ session: { name } }) => sandbox.run(['shell', name, '--', 'cat', '/opt/id']));
  const [one, two] = await Promise.all(ids);
  expect(one?.stdout).toMatch(/^[0-9a-f-]{36}/);
  expect(two?.stdout).toBe(one?.stdout);
});

test('a line that fails is told with its last lines and what helps, and leaves nothing', async () => {
  const { sandbox, from } = await open();
  const lines =
    'RUN for i in $(seq 40); do echo line $i; done; echo "via me:${HTTP_PROXY#http://me:}"; echo "fatal error: Python.h: No such file"; exit 3';
  await write(sandbox.project, { 'binder/Dockerfile': `${from}RUN echo fine\n${lines}\n` });
  const failure = await runFailing(sandbox, start, { env: { HTTP_PROXY: 'http://me:PASSWORD@127.0.0.1:9' } });
  expect(failure.details).toContain('via ***@127.0.0.1:9');
  expect(JSON.stringify(failure)).not.toContain('PASSWORD');
  expect(failure).toMatchObject({
    code: 'build-failed',
    message: expect.stringMatching(/^Could not build binder\/Dockerfile at `RUN for i .*Python\.h: No such file$/),
    hint: "Python's headers are missing: add python3-dev to the Dockerfile.",
  });
  expect(failure.details).toHaveLength(30);
  expect(await leftovers(sandbox)).toEqual(NOTHING);
  expect(await unfinished(sandbox)).toEqual([]);
});

test.each([
  ['RUN --mount=type=cache,target=/x true', 'BuildKit', 'build-failed'],
  ['COPY nowhere.txt /', '.dockerignore excludes it', 'build-failed'],
  ['FROM 127.0.0.1:1/nothing/here:1', 'reaches 127.0.0.1:1', 'registry-unreachable'],
])('%s is told with what helps', async (line, hint, code) => {
  const { sandbox, from } = await open();
  await write(sandbox.project, { 'binder/Dockerfile': `${from}${line}\n` });
  expect(await runFailing(sandbox, start)).toMatchObject({ code, hint: expect.stringContaining(hint) });
  expect(await unfinished(sandbox)).toEqual([]);
});

test('a build that is cancelled leaves nothing', async () => {
  const { sandbox, from } = await open();
  await write(sandbox.project, { 'binder/Dockerfile': `${from}RUN echo one\nRUN echo started; sleep 1000\n` });
  const run = sandbox.start([...start, '--json']);
  await run.waitFor(/"line":"started"/);
  run.child.kill('SIGINT');
  expect((await run.ended).stderr).toContain('"code":"cancelled"');
  await expect.poll(() => unfinished(sandbox), { timeout: 30_000 }).toEqual([]);
  expect(await leftovers(sandbox)).toEqual(NOTHING);
});

test('an image that starts no server is run with Jupyter, and one without Jupyter is told to be so', async () => {
  const { sandbox, from } = await open(1000, baseImage());
  const plain = `${from}LABEL ezj.image=\nENV HOME=/\nCMD ["python3"]\n`;
  await write(sandbox.project, { 'binder/Dockerfile': plain, 'a.txt': '' });
  const { url } = await runJson<SessionAccess>(sandbox, start);
  expect(await askServer(url)).toBe(200);
  expect(await inSession(sandbox, ['sh', '-c', 'pwd; ls; id -u'])).toBe('/work/project\na.txt\nbinder\n1000');
  await runJson(sandbox, ['stop']);
  await write(sandbox.project, { 'binder/Dockerfile': `${plain}RUN rm -f /usr/bin/jupyter*\n` });
  expect(await runFailing(sandbox, start)).toMatchObject({
    code: 'image-unsuitable',
    message: 'The image of binder/Dockerfile has no Jupyter, which a notebook needs.',
    hint: expect.stringContaining('pip install jupyterlab'),
  });
});

test('with -q nothing is built, and with -u all is, in place of what there was', async () => {
  const { sandbox, from } = await open();
  await write(sandbox.project, {
    'binder/Dockerfile': `${from}RUN cat /proc/sys/kernel/random/uuid > /opt/id\n`,
  });
  expect(await runFailing(sandbox, [...start, '-q'])).toMatchObject({ code: 'image-not-local' });
  await runJson(sandbox, start);
  const first = await inSession(sandbox, ['cat', '/opt/id']);
  await runJson(sandbox, ['stop']);
  await runJson(sandbox, [...start, '-q']);
  expect(await inSession(sandbox, ['cat', '/opt/id'])).toBe(first);
  await runJson(sandbox, ['stop']);
  await runJson(sandbox, [...start, '-u']);
  expect(await inSession(sandbox, ['cat', '/opt/id'])).not.toBe(first);
  await runJson(sandbox, ['stop']);
  expect(await unfinished(sandbox)).toEqual([]);
});

test('an image that the user has given another name is not removed when -u builds anew', async () => {
  const { sandbox, from } = await open();
  await write(sandbox.project, { 'binder/Dockerfile': `${from}RUN cat /proc/sys/kernel/random/uuid > /opt/id\n` });
  await runJson(sandbox, start);
  await runJson(sandbox, ['stop']);
  const filters = JSON.stringify({ label: [`ezj.owner=${sandbox.owner}`] });
  const [built] = (await request({ path: '/images/json', query: { filters } })) as { Id: string }[];
  const kept = `kept-${sandbox.owner}`;
  await request({ method: 'POST', path: `/images/${built?.Id}/tag`, query: { repo: kept, tag: '1' } });
  onTestFinished(async () => void (await request({ method: 'DELETE', path: `/images/${kept}:1` })));
  await runJson(sandbox, [...start, '-u']);
  await runJson(sandbox, ['stop']);
  expect(await request({ path: `/images/${kept}:1/json` })).toMatchObject({ RepoTags: [`${kept}:1`] });
});
