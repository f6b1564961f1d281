import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { KindSummary } from '../../src/protocol/project.ts';
import type { SessionAccess } from '../../src/protocol/session.ts';
import { describeNotebook } from '../environment/other-notebooks.ts';
import { findFreePort } from '../environment/registry.ts';
import { createSandbox, type Sandbox } from '../environment/sandbox.ts';
import { NOTEBOOK_IMAGE } from '../environment/stand-in-notebook.ts';
import { askWeb, openLink, postLink } from '../environment/web.ts';
import { buildImage, scriptImage } from './derived-image.ts';
import { baseImage, inSession, leftovers, listSessions, NOTHING, runFailing, runJson } from './notebooks.ts';

let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await createSandbox();
});

afterEach(() => sandbox.reset());

afterAll(() => sandbox.cleanup());

const writeProject = (text: string, folder = sandbox.project) => writeFile(path.join(folder, 'ezj.yaml'), text);

test.each([
  'notebook',
  'marimo',
] as const)('a few lines of ezj.yaml make %s a kind with all that ezj has', async (kind) => {
  await describeNotebook(kind, sandbox.project);
  expect(await runFailing(sandbox, ['-d'])).toMatchObject({ details: [expect.stringMatching(/^runs ezj-test\//)] });
  await runJson(sandbox, ['trust']);
  const access = await runJson<SessionAccess>(sandbox, ['-d']);
  expect(access).toMatchObject({ signIn: 'token', session: { kind, name: `project-${kind}` } });
  expect(await runJson<KindSummary[]>(sandbox, ['kinds'])).toContainEqual(
    expect.objectContaining({ name: kind, from: 'project' }),
  );

  const token = new URL(access.url).searchParams.values().next().value ?? '';
  expect(token).toMatch(/^[0-9a-f]{48}$/);
  const inside = await inSession(sandbox, ['sh', '-c', 'cat /proc/[0-9]*/cmdline | tr "\\0" " "']);
  expect(inside).not.toContain(token);
  expect((await sandbox.run(['logs'])).stdout).not.toContain(token);
  const answer = await postLink(await openLink(sandbox));
  expect(answer).toMatchObject({ status: 303, headers: { location: access.url } });

  await inSession(sandbox, ['sh', '-c', 'touch made']);
  await readFile(path.join(sandbox.project, 'made'));
  expect(await runJson<SessionAccess>(sandbox, ['-d'])).toMatchObject({ reused: true, url: access.url });
  expect(await runJson<SessionAccess>(sandbox, ['restart'])).toMatchObject({ url: access.url });
  // All that opens it is in its label: the file may go.
  await rm(path.join(sandbox.project, 'ezj.yaml'));
  await runJson(sandbox, ['daemon', 'stop']);
  expect(await runJson<SessionAccess>(sandbox, ['url'])).toMatchObject({ url: access.url });
  await runJson(sandbox, ['stop']);
  expect((await leftovers(sandbox)).containers).toEqual([]);
});

test('a kind of the configuration is started by its name, and a project’s comes before it', async () => {
  const lab = {
    image: NOTEBOOK_IMAGE,
    port: 8888,
    secret: 'JUPYTER_TOKEN',
    url: '/lab?token={token}',
    ready: { path: '/api/status?token={token}' },
  };
  await runJson(sandbox, ['config', 'set', 'kinds', JSON.stringify({ lab: { ...lab, title: 'Mine' } })]);
  expect(await runJson<SessionAccess>(sandbox, ['-d', '--kind', 'lab'])).toMatchObject({ session: { kind: 'lab' } });
  expect(await runJson<KindSummary[]>(sandbox, ['kinds'])).toContainEqual({
    name: 'lab',
    title: 'Mine',
    image: NOTEBOOK_IMAGE,
    from: 'configuration',
  });
  await writeProject(`kinds: ${JSON.stringify({ lab: { ...lab, title: 'The project’s' } })}`);
  expect(await runJson<KindSummary[]>(sandbox, ['kinds'])).toContainEqual(
    expect.objectContaining({ title: 'The project’s', from: 'project' }),
  );
});

test('a kind that nobody has defined is named, with those that there are', async () => {
  expect(await runFailing(sandbox, ['-d', '--kind', 'jupiter'])).toMatchObject({
    exitCode: 2,
    code: 'kind-unknown',
    message: 'There is no kind "jupiter".',
    hint: expect.stringContaining('python, r, rstudio'),
  });
});

test('a kind of the configuration that does not fit is refused with its key', async () => {
  const failure = await runFailing(sandbox, [
    'config',
    'set',
    'kinds',
    '{"m":{"image":"a","port":"x","url":"/{token}"}}',
  ]);
  expect(failure).toMatchObject({ exitCode: 2, code: 'config-invalid', message: expect.stringContaining('m.port: ') });
});

test('a kind whose server never gets ready is given up with what it was asked, and nothing is left', async () => {
  await runJson(sandbox, ['config', 'set', 'ready.timeoutSeconds', '2']);
  const image = await buildImage(sandbox, {
    dockerfile: scriptImage(NOTEBOOK_IMAGE, 'echo waiting for nothing; exec sleep 1000'),
  });
  await writeProject(
    `kind: mute\nkinds: { mute: { image: '${image}', port: 7777, url: '/?t={token}', ready: { path: '/?t={token}' } } }`,
  );
  const before = await leftovers(sandbox);
  const failure = await runFailing(sandbox, ['-d', '--yes']);
  expect(failure).toMatchObject({ code: 'session-not-ready', exitCode: 7, details: ['waiting for nothing'] });
  expect(await leftovers(sandbox)).toEqual(before);
});

test('a server that lets everybody in is refused, unless its kind says that it is meant to', async () => {
  const image = await buildImage(sandbox, {
    dockerfile: scriptImage(NOTEBOOK_IMAGE, 'exec python3 -m http.server 8000'),
  });
  const kind = `image: '${image}', port: 8000`;
  await writeProject(`kind: files\nkinds: { files: { ${kind}, url: '/?t={token}', ready: { path: '/?t={token}' } } }`);
  expect(await runFailing(sandbox, ['-d', '--yes'])).toMatchObject({
    code: 'server-foreign',
    message: expect.stringContaining('accepts any token'),
  });
  await writeProject(`kind: files\nkinds: { files: { ${kind}, signIn: none } }`);
  const { exitCode, stdout, stderr } = await sandbox.run(['-d', '--yes']);
  expect({ exitCode, stderr }).toEqual({
    exitCode: 0,
    stderr: expect.stringContaining('warning: project-files has no sign-in'),
  });
  expect((await askWeb(stdout.trim())).status).toBe(200);
});

test('an image whose Jupyter takes any token is refused', async () => {
  const image = await buildImage(sandbox, {
    dockerfile: `FROM ${baseImage()}\nCMD ["ezj-notebook", "--IdentityProvider.token="]\n`,
  });
  const before = await leftovers(sandbox);
  expect(await runFailing(sandbox, ['-d', '--image', image])).toMatchObject({ code: 'server-foreign' });
  expect(await leftovers(sandbox)).toEqual(before);
});

test('two projects that want one port: the second is told whose it is', async () => {
  const port = await findFreePort();
  const [first, second] = [path.join(sandbox.home, 'first'), path.join(sandbox.home, 'second')];
  for (const folder of [first, second]) {
    await mkdir(folder);
    await writeProject(`image: ${NOTEBOOK_IMAGE}\nport: ${port}\n`, folder);
  }
  expect(await runJson<SessionAccess>(sandbox, ['-d', '--yes', first])).toMatchObject({ session: { port } });
  expect(await runFailing(sandbox, ['-d', '--yes', second])).toMatchObject({
    code: 'port-taken',
    message: `Port ${port} belongs to your session first.`,
  });
  expect(
    await runJson<SessionAccess>(sandbox, ['-d', '--yes', '-p', String(await findFreePort()), second]),
  ).toMatchObject({
    reused: false,
  });
});

test('a kind’s own project folder and a mount that would hide it do not go together', async () => {
  const kind = `image: ${NOTEBOOK_IMAGE}, port: 8888, secret: JUPYTER_TOKEN, url: '/lab?token={token}', ready: { path: '/api/status?token={token}' }, workdir: '/data/{folder}'`;
  await writeProject(`kind: k\nkinds: { k: { ${kind} } }`);
  const failure = await runFailing(sandbox, ['-d', '--yes', '-v', '.:/data']);
  expect(failure).toMatchObject({ exitCode: 2, code: 'usage', message: expect.stringContaining('/data/project') });
  expect(await leftovers(sandbox)).toEqual(NOTHING);
});

test('what reaches beyond the folder is asked for, once for each content', async () => {
  const data = path.join(sandbox.home, 'data');
  await mkdir(data);
  await writeFile(path.join(data, 'x'), 'from outside');
  const text = `image: ${NOTEBOOK_IMAGE}\nmounts: [{ source: '${data}', target: /data, readOnly: true }]\npassEnv: [ANSWER]\n`;
  await writeProject(text);
  const refused = await runFailing(sandbox, ['-d']);
  expect(refused).toMatchObject({
    exitCode: 2,
    code: 'project-untrusted',
    details: [
      expect.stringMatching(/^runs ezj-test\/stand-in-notebook:1, with the network/),
      `mounts ${data} at /data, read-only`,
      'passes your variable ANSWER to the session',
    ],
    hint: `To grant them: ezj trust ${sandbox.project}`,
  });
  expect(await leftovers(sandbox)).toEqual(NOTHING);

  expect(await runJson(sandbox, ['trust'])).toMatchObject({ trusted: true });
  await runJson(sandbox, ['-d'], { env: { ANSWER: '42' } });
  expect(await inSession(sandbox, ['sh', '-c', 'cat /data/x; echo " $ANSWER"'])).toBe('from outside 42');
  await runJson(sandbox, ['stop']);

  await writeProject(`${text}bind: 0.0.0.0\n`);
  expect(await runFailing(sandbox, ['-d'])).toMatchObject({
    code: 'project-untrusted',
    details: expect.arrayContaining([expect.stringContaining('0.0.0.0')]),
  });
  await writeProject(text);
  await runJson(sandbox, ['-d']);
  await runJson(sandbox, ['stop']);

  expect(await runJson(sandbox, ['trust', '--list'])).toEqual([sandbox.project]);
  expect(await runJson(sandbox, ['trust', '--revoke'])).toEqual({ revoked: true });
  expect(await runFailing(sandbox, ['-d'])).toMatchObject({ code: 'project-untrusted' });
  await runJson(sandbox, ['-d', '--yes']);
});

test('a project file that cannot be read is an error of its own, wherever it is needed', async () => {
  await writeProject('kind: [python\n');
  for (const args of [['-d'], ['trust'], ['kinds']]) {
    expect(await runFailing(sandbox, args)).toMatchObject({
      exitCode: 2,
      code: 'project-file-invalid',
      message: expect.stringMatching(/ezj\.yaml: line \d+, column \d+: /),
    });
  }
  await writeProject('kindd: r\n');
  expect(await runFailing(sandbox, ['-d'])).toMatchObject({
    message: expect.stringContaining('kindd: there is no such key'),
  });
  await writeProject('mounts: [{ source: ../nowhere }]\n');
  expect(await runFailing(sandbox, ['-d'])).toMatchObject({
    code: 'mount-missing',
    message: expect.stringContaining('ezj.yaml'),
  });
  expect(await leftovers(sandbox)).toEqual(NOTHING);
  expect(await listSessions(sandbox)).toEqual([]);
});

test('the list of what was agreed to is for its user alone', async () => {
  await writeProject('gpus: all\n');
  await runJson(sandbox, ['trust']);
  const file = path.join(sandbox.home, 'config', 'trust.json');
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect(JSON.parse(await readFile(file, 'utf8'))).toEqual({
    [sandbox.project]: [expect.stringMatching(/^[0-9a-f]{64}$/)],
  });
});

test('a folder of the project that was replaced by a link is not followed by a restart', async () => {
  const inside = path.join(sandbox.project, 'inside');
  await mkdir(inside);
  await runJson(sandbox, ['-d', '--image', NOTEBOOK_IMAGE, '-v', 'inside:/data']);
  await inSession(sandbox, ['sh', '-c', 'rmdir inside && ln -s /etc inside']);
  const failure = await runFailing(sandbox, ['restart']);
  expect(failure).toMatchObject({ code: 'mount-missing', message: `${inside} is now a link to /etc.` });
  expect(await listSessions(sandbox)).toMatchObject([{ state: 'running' }]);
});

test('config schema prints the schema that the docs have', async () => {
  const { stdout } = await sandbox.run(['config', 'schema']);
  expect(JSON.parse(stdout)).toMatchObject({ title: 'ezj.yaml', properties: { kind: {}, kinds: {}, mounts: {} } });
});
