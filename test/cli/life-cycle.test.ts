import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { PruneReport } from '../../src/protocol/image.ts';
import type { Session, SessionAccess, StopReport } from '../../src/protocol/session.ts';
import { createSandbox, type Sandbox } from '../environment/sandbox.ts';
import { askServer, baseImage, inSession, leftovers, listSessions, NOTHING, runJson } from './notebooks.ts';

// One life of one session: each test goes on where the one before has ended.
let sandbox: Sandbox;
let image: string;
let first: { url: string; container: string; port: number };

beforeAll(async () => {
  sandbox = await createSandbox();
  image = baseImage();
});

afterAll(() => sandbox.cleanup());

test('a start prints the URL on stdout and everything else on stderr', async () => {
  const { exitCode, stdout, stderr } = await sandbox.run(['-d', '--image', image]);
  expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
  expect(stdout).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/lab\?token=[0-9a-f]{48}\n$/);
  expect(stderr).toContain(`Starting project from ${image}`);
  expect(stderr).toContain('ezj stop project ends it');
  expect(stderr).not.toContain('\x1b');
  const [session] = await listSessions(sandbox);
  first = { url: stdout.trim(), container: session?.container ?? '', port: session?.port ?? 0 };
});

test('the URL opens JupyterLab, and a wrong token is refused', async () => {
  expect(await askServer(first.url)).toBe(200);
  expect(await askServer(first.url, 'wrong')).toBe(403);
  const page = await fetch(first.url);
  const text = await page.text();
  expect(text).toContain('<title>JupyterLab</title>');
  // What JupyterLab's script makes the titles of tabs from.
  expect(text).toContain('"appName": "project - JupyterLab"');
});

test('the page that asks for the token names the commands of ezj that give it', async () => {
  const page = await fetch(new URL('/login', first.url));
  const text = await page.text();
  expect(text).toContain('<pre>ezj open</pre>');
  expect(text).not.toContain('jupyter server list');
});

test('list shows the session, as a table and as JSON', async () => {
  const [session, ...others] = await listSessions(sandbox);
  expect(others).toEqual([]);
  expect(session).toMatchObject({
    name: 'project',
    state: 'running',
    kind: 'python',
    project: sandbox.project,
    image,
    bind: '127.0.0.1',
    readOnly: false,
  });
  expect(JSON.stringify(session)).not.toContain(new URL(first.url).searchParams.get('token'));
  const { stdout, stderr } = await sandbox.run(['list']);
  const [heading, row] = stdout.split('\n');
  expect(heading?.split(/ {2,}/)).toEqual(['NAME', 'KIND', 'STATE', 'PORT', 'PROJECT', 'AGE']);
  expect(row).toMatch(new RegExp(`^project +python +running +${first.port} +${sandbox.project} +\\d+ s$`));
  expect(stderr).toBe('');
});

test('list --activity tells since when a session was not used', async () => {
  const [session] = await runJson<Session[]>(sandbox, ['list', '--activity']);
  expect(Date.parse(session?.lastActivity ?? '')).toBeGreaterThan(Date.parse(session?.created ?? '') - 1000);
  expect((await sandbox.run(['list', '-a'])).stdout).toMatch(/^NAME .* IDLE\nproject .* \d+ s\n$/);
});

test('url prints the same URL, for the folder and for the name', async () => {
  expect((await sandbox.run(['url'])).stdout).toBe(`${first.url}\n`);
  expect((await sandbox.run(['url', 'project'], { cwd: '/' })).stdout).toBe(`${first.url}\n`);
  expect((await sandbox.run(['url', sandbox.project], { cwd: '/' })).stdout).toBe(`${first.url}\n`);
  expect((await runJson<SessionAccess>(sandbox, ['url'])).url).toBe(first.url);
});

test('a second start gives the running session and names what differs from what it was asked for', async () => {
  const { exitCode, stdout, stderr } = await sandbox.run([
    '-d',
    '--image',
    image,
    '--ro',
    '--memory',
    '1g',
    '-e',
    'A=1',
  ]);
  expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: `${first.url}\n` });
  expect(stderr).toContain('project is already running');
  expect(stderr).toContain('differs from your request: --memory 1g (it has none)');
  expect(stderr).toContain('differs from your request: --ro (it is writable)');
  expect(stderr).toContain('differs from your request: --env A');
  expect(stderr).toContain('ezj stop project');
  const same = await runJson<SessionAccess>(sandbox, ['-d', '--image', image]);
  expect(same).toMatchObject({ reused: true, differences: [], url: first.url });
});

test('a notebook file opens in the session of its folder', async () => {
  await writeFile(
    path.join(sandbox.project, 'my notes #1.ipynb'),
    '{"cells":[],"metadata":{},"nbformat":4,"nbformat_minor":5}',
  );
  const access = await runJson<SessionAccess>(sandbox, ['-d', '--image', image, 'my notes #1.ipynb']);
  expect(access.reused).toBe(true);
  expect(access.url).toBe(first.url.replace('/lab?', '/lab/tree/my%20notes%20%231.ipynb?'));
});

test('files written on either side appear on the other, and belong to the user', async () => {
  await writeFile(path.join(sandbox.project, 'from-host.txt'), 'host');
  expect(await inSession(sandbox, ['cat', 'from-host.txt'])).toBe('host');
  await inSession(sandbox, ['sh', '-c', 'echo kept > ~/kept; id -u > from-session.txt']);
  expect(await inSession(sandbox, ['cat', 'from-session.txt'])).toBe(String(process.getuid?.()));
});

test('over ssh the line for one’s own machine is printed', async () => {
  const ssh = { SSH_CONNECTION: '203.0.113.7 50022 198.51.100.4 2222' };
  const { stdout, stderr } = await sandbox.run(['-d', '--image', image], { env: ssh });
  expect(stdout).toBe(`${first.url}\n`);
  expect(stderr).toMatch(
    new RegExp(`ssh -p 2222 -L ${first.port}:127\\.0\\.0\\.1:${first.port} \\S+@198\\.51\\.100\\.4`),
  );
});

test('stop leaves no container and keeps the home folder', async () => {
  const { exitCode, stdout, stderr } = await sandbox.run(['stop']);
  expect({ exitCode, stdout, stderr }).toEqual({ exitCode: 0, stdout: '', stderr: 'project is stopped\n' });
  const { containers, volumes } = await leftovers(sandbox);
  expect(containers).toEqual([]);
  expect(volumes).toEqual([expect.stringMatching(/^ezj-home-project-/)]);
  await expect(fetch(first.url)).rejects.toThrow();
  expect(await listSessions(sandbox)).toEqual([]);
});

test('the next start has the same port, a new token, and the home folder', async () => {
  const access = await runJson<SessionAccess>(sandbox, ['-d', '--image', image]);
  expect(access).toMatchObject({ reused: false, session: { port: first.port } });
  expect(access.url).not.toBe(first.url);
  expect(await inSession(sandbox, ['sh', '-c', 'cat ~/kept'])).toBe('kept');
});

test('restart keeps the container, the URL and the home folder', async () => {
  const before = await runJson<SessionAccess>(sandbox, ['url']);
  const access = await runJson<SessionAccess>(sandbox, ['restart']);
  expect(access).toMatchObject({ url: before.url, session: { container: before.session.container } });
  expect(await askServer(access.url)).toBe(200);
  expect(await inSession(sandbox, ['sh', '-c', 'cat ~/kept'])).toBe('kept');
});

test('a session outlives its daemon and the whole state folder', async () => {
  const { url } = await runJson<SessionAccess>(sandbox, ['url']);
  await sandbox.run(['daemon', 'stop']);
  await rm(sandbox.stateDir, { recursive: true });
  expect(await askServer(url)).toBe(200);
  expect(await listSessions(sandbox)).toMatchObject([{ name: 'project', state: 'running', port: first.port }]);
  expect(await runJson<SessionAccess>(sandbox, ['url'])).toMatchObject({ url });
});

test('stop --all stops what there is, and says what it stopped', async () => {
  const reports = await runJson<StopReport[]>(sandbox, ['stop', '--all']);
  expect(reports).toEqual([{ session: 'project', outside: [] }]);
  expect(await runJson<StopReport[]>(sandbox, ['stop', '--all'])).toEqual([]);
  expect((await leftovers(sandbox)).containers).toEqual([]);
});

test('prune removes the home folder only where it is asked to', async () => {
  await runJson(sandbox, ['prune', '--yes']);
  expect((await leftovers(sandbox)).volumes).toHaveLength(1);
  const { items } = await runJson<PruneReport>(sandbox, ['prune', '--volumes', '--yes']);
  const today = new Date().toISOString().slice(0, 10);
  const skipped = `home folder of ${sandbox.project} for python, last used ${today}`;
  expect(items).toEqual([expect.objectContaining({ type: 'volume', project: sandbox.project, skipped })]);
  expect((await leftovers(sandbox)).volumes).toHaveLength(1);
  await runJson(sandbox, ['prune', '--volumes', '--older-than', '1h', '--yes']);
  expect((await leftovers(sandbox)).volumes).toHaveLength(1);
  await runJson(sandbox, ['prune', '--volumes', '--older-than', '0h', '--yes']);
  expect(await leftovers(sandbox)).toEqual(NOTHING);
});
