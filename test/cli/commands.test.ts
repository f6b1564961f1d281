import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ConfigEntry, Hello } from '../../src/protocol/daemon.ts';
import type { SessionAccess } from '../../src/protocol/session.ts';
import { createSandbox, type Sandbox } from '../environment/sandbox.ts';
import { askWeb, openLink, postLink } from '../environment/web.ts';
import { askServer, inSession, listSessions, runFailing, runJson, startNotebook } from './notebooks.ts';

let sandbox: Sandbox;
let access: SessionAccess;

beforeAll(async () => {
  sandbox = await createSandbox();
  access = await startNotebook(sandbox);
});

afterAll(() => sandbox.cleanup());

test('shell runs a command in the project folder and ends with its exit code', async () => {
  const { exitCode, stdout, stderr } = await sandbox.run(['shell', '--', 'sh', '-c', 'pwd; exit 7']);
  expect({ exitCode, stdout, stderr }).toEqual({ exitCode: 7, stdout: '/work/project\n', stderr: '' });
});

test('shell hands arguments on as they are', async () => {
  const words = ['', 'two words', '"quoted"', '$HOME', '--json', '-x'];
  const { stdout } = await sandbox.run(['shell', 'project', '--', 'printf', '[%s]\n', ...words], { cwd: '/' });
  expect(stdout).toBe(words.map((word) => `[${word}]\n`).join(''));
});

test('shell pipes stdin through, with and without a last line end', async () => {
  const input = `${'x'.repeat(2000)}\n`.repeat(100);
  const piped = await sandbox.run(['shell', '--', 'cat'], { input });
  expect(piped).toMatchObject({ exitCode: 0, stdout: input, stderr: '' });
  expect(await sandbox.run(['shell', '--', 'cat'], { input: 'a\nb' })).toMatchObject({ exitCode: 0, stdout: 'a\nb' });
});

test('shell takes its commands from stdin', async () => {
  const result = await sandbox.run(['shell'], { input: 'echo $((6 * 7))\nexit 5\n' });
  expect(result).toMatchObject({ exitCode: 5, stdout: '42\n', stderr: '' });
});

test('shell prints all of what a command says that does not read its input', async () => {
  const input = 'unread\n'.repeat(200_000);
  const result = await sandbox.run(['shell', '--', 'sh', '-c', 'seq 3000; exit 3'], { input });
  expect(result).toMatchObject({ exitCode: 3, stderr: '' });
  expect(result.stdout.split('\n')).toHaveLength(3001);
});

test('shell says as JSON what a command printed', async () => {
  const { exitCode, stdout } = await sandbox.run(['shell', '--json', '--', 'sh', '-c', 'echo a; exit 4']);
  expect({ exitCode, result: JSON.parse(stdout) }).toEqual({
    exitCode: 4,
    result: { exitCode: 4, output: 'a\n', stdout: 'a\n', stderr: '' },
  });
});

test('a command that the image does not have ends with 127', async () => {
  const { exitCode, stdout, stderr } = await sandbox.run(['shell', '--', 'no-such-command']);
  expect({ exitCode, stdout }).toEqual({ exitCode: 127, stdout: '' });
  expect(stderr).toContain('no-such-command: not found');
});

test('logs prints what the session has logged, as text and as JSON', async () => {
  const { exitCode, stdout, stderr } = await sandbox.run(['logs']);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  expect(stdout).toContain('Serving notebooks from local directory: /work/project');
  expect(stdout).not.toContain(new URL(access.url).searchParams.get('token'));
  const { lines } = await runJson<{ lines: string[] }>(sandbox, ['logs', '--tail', '2']);
  expect(lines).toHaveLength(2);
});

test('logs -f prints what comes until the session ends', async () => {
  const project = path.join(sandbox.home, 'followed');
  await mkdir(project);
  await startNotebook(sandbox, [project]);
  const following = sandbox.start(['logs', '-f', 'followed']);
  await following.waitFor(/Serving notebooks/);
  await sandbox.run(['stop', 'followed']);
  const { exitCode, stdout } = await following.ended;
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/[Ss]hutting down|SIGTERM/);
});

test('open hands the browser a link without the token, which works once', async () => {
  const link = await openLink(sandbox);
  expect(link).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/open\/[\w-]{32}$/);
  const page = await askWeb(link);
  expect(page.status).toBe(200);
  expect(page.body).not.toContain(new URL(access.url).searchParams.get('token'));
  // Looking uses nothing up.
  expect((await askWeb(link)).status).toBe(200);
  expect(await postLink(link)).toMatchObject({ status: 303, headers: { location: access.url } });
  const again = await postLink(link);
  expect(again).toMatchObject({ status: 410, body: expect.stringContaining('ezj open project') });
  expect(await askWeb(link)).toMatchObject({ status: 410, body: expect.stringContaining('ezj open project') });
});

test('open prints the URL where no browser can be opened', async () => {
  const { exitCode, stdout, stderr } = await sandbox.run(['open'], { env: { BROWSER: 'none' } });
  expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: `${access.url}\n` });
  expect(stderr).toContain('No browser opened: BROWSER is none');
});

test('a name that is no session is named, with the sessions that there are', async () => {
  for (const command of ['url', 'open', 'logs', 'shell', 'restart', 'stop']) {
    const { stdout, stderr, exitCode } = await sandbox.run([command, 'nobody']);
    expect({ exitCode, stdout, stderr }).toEqual({
      exitCode: 3,
      stdout: '',
      stderr: 'ezj: There is no session nobody\n→ There is project\n',
    });
  }
  expect(await runFailing(sandbox, ['url'], { cwd: '/' })).toMatchObject({ exitCode: 3, code: 'session-not-found' });
});

test('config sets, gets and unsets a key, and its file says so', async () => {
  expect(await runJson<ConfigEntry>(sandbox, ['config', 'set', 'ready.timeoutSeconds', '99'])).toMatchObject({
    key: 'ready.timeoutSeconds',
    value: 99,
    default: 180,
  });
  expect((await sandbox.run(['config', 'get', 'ready.timeoutSeconds'])).stdout).toBe('99\n');
  const { path: file } = await runJson<{ path: string }>(sandbox, ['config', 'path']);
  expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject({ 'ready.timeoutSeconds': 99 });
  await runJson(sandbox, ['config', 'unset', 'ready.timeoutSeconds']);
  const entries = await runJson<ConfigEntry[]>(sandbox, ['config', 'list']);
  // The ports are the sandbox's own.
  for (const { key, value, default: standard } of entries) if (key !== 'ports') expect(value).toEqual(standard);
});

test('config refuses an unknown key and a value that does not fit, and names both', async () => {
  const unknown = await runFailing(sandbox, ['config', 'set', 'no.such.key', '1']);
  expect(unknown).toMatchObject({
    exitCode: 2,
    code: 'config-invalid',
    message: expect.stringContaining('"no.such.key"'),
  });
  expect(unknown.hint).toContain('ready.timeoutSeconds');
  for (const [key, value] of [
    ['ready.timeoutSeconds', 'soon'],
    ['daemon.idleMinutes', '-1'],
    ['bind', 'nowhere'],
    ['limits.shm', 'much'],
    ['browser', 'perhaps'],
    ['build.mirror', 'ftp://x'],
  ]) {
    const failure = await runFailing(sandbox, ['config', 'set', String(key), String(value)]);
    expect(failure).toMatchObject({ exitCode: 2, code: 'config-invalid' });
    expect(failure.message).toContain(`${key} cannot be "${value}"`);
  }
});

test('a configuration file that is garbage is kept aside and said, and the defaults are used', async () => {
  const { path: file } = await runJson<{ path: string }>(sandbox, ['config', 'path']);
  await writeFile(file, '{"browser": fal');
  const { exitCode, stdout, stderr } = await sandbox.run(['-d', '--image', access.session.image]);
  expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: `${access.url}\n` });
  const kept = (await readdir(path.dirname(file))).find((name) => name.startsWith('config.json.broken-'));
  expect(stderr).toContain(
    `warning: ${file} was not valid JSON: it is kept as ${path.join(path.dirname(file), kept ?? '?')}`,
  );
  expect(await readFile(path.join(path.dirname(file), kept ?? ''), 'utf8')).toBe('{"browser": fal');
  expect(await runJson<ConfigEntry>(sandbox, ['config', 'get', 'browser'])).toMatchObject({ value: true });
});

test('a value in the file that does not fit counts as not set and is said', async () => {
  const { path: file } = await runJson<{ path: string }>(sandbox, ['config', 'path']);
  await writeFile(file, '{"limits.pids": "many"}');
  const { exitCode, stderr } = await sandbox.run(['-d', '--image', access.session.image]);
  expect(exitCode).toBe(0);
  expect(stderr).toContain('limits.pids is "many"');
  await runJson(sandbox, ['config', 'unset', 'limits.pids']);
});

test('the daemon is started, described and stopped, and the session goes on', async () => {
  const { pid } = await runJson<Hello>(sandbox, ['daemon', 'status']);
  expect(await runJson(sandbox, ['daemon', 'start'])).toMatchObject({ pid, sessions: 1 });
  expect(await runJson(sandbox, ['daemon', 'stop'])).toEqual({ stopped: true });
  expect(await runJson(sandbox, ['daemon', 'stop'])).toEqual({ stopped: false });
  expect(await runJson(sandbox, ['daemon', 'status'])).toEqual({ running: false });
  expect(await askServer(access.url)).toBe(200);
  const again = await runJson<Hello>(sandbox, ['daemon', 'start']);
  expect(again.pid).not.toBe(pid);
  const { lines } = await runJson<{ lines: string[] }>(sandbox, ['daemon', 'logs']);
  expect(lines.filter((line) => line.includes('serves'))).toHaveLength(2);
  expect(await listSessions(sandbox)).toMatchObject([{ name: 'project', state: 'running' }]);
});

test('every command that lists says nothing but JSON on stdout', async () => {
  for (const args of [['list'], ['url'], ['images'], ['prune'], ['config'], ['daemon'], ['logs'], ['doctor']]) {
    const { stdout, stderr } = await sandbox.run([...args, '--json']);
    expect({ args, value: typeof JSON.parse(stdout), stderr }).toEqual({ args, value: 'object', stderr: '' });
  }
});

test('no colour and no control character goes to what is no terminal', async () => {
  for (const args of [['list'], ['images'], ['--help'], ['url', 'nobody'], ['doctor']]) {
    const { stdout, stderr } = await sandbox.run(args);
    expect(stdout + stderr).not.toContain('\x1b');
  }
});

test('the token is on no command line of this machine, and in no log and no label', async () => {
  const token = new URL(access.url).searchParams.get('token') ?? '';
  const inside = await inSession(sandbox, ['sh', '-c', 'cat /proc/[0-9]*/cmdline | tr "\\0" " "']);
  expect(inside).toContain('ezj-notebook');
  expect(inside).not.toContain(token);
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    expect(await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).not.toContain(token);
  }
  expect((await sandbox.run(['daemon', 'logs', '--tail', '100000'])).stdout).not.toContain(token);
  for (const name of await readdir(sandbox.stateDir)) {
    const text = await readFile(path.join(sandbox.stateDir, name), 'utf8').catch(() => '');
    expect(text).not.toContain(token);
  }
});
